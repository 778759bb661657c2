"""One enrolment from the consent to the request, as a value: each step gives the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from edge.enrolling.paper import ConsentPaper
from edge.enrolling.rows import POSES, Pose, Row, RowState, degrees_of, lack_of, rows_of
from edge.registry.templates import Vector, checked
from edge.registry_requests import Choice
from edge.vision.reports import EnrolmentLook

LONGEST = 600.0
"""Seconds after which an enrolment ends, whatever it has come to."""
LEFT_AFTER = 60.0
"""Seconds without a word from the tablet after which it counts as gone."""
UNDONE_WITHIN = 120.0
"""Seconds for which what was enrolled is held back here, and can be undone."""
_BETWEEN = 0.5
"""Seconds between two pictures at least: they are pictures of two moments."""


class EnrolmentStep(StrEnum):
    """Where an enrolment is."""

    CONSENT = "consent"
    PICTURES = "pictures"
    CHECK = "check"
    DONE = "done"


@dataclass(frozen=True)
class Person:
    """Who is enrolled: a subject of the registry in force, at this version of their record."""

    subject: str
    version: int
    name: str
    room: str


@dataclass(frozen=True)
class AlikeLimits:
    """`same`: from it on (cosine) two pictures are of one person; `alike`: from it on, two people would be
    taken for each other here.
    """

    same: float
    alike: float


@dataclass(frozen=True)
class Shot:
    """What is kept of one picture: its template, the pose, and how many degrees the head was turned; the
    picture never left the vision worker.
    """

    pose: Pose
    turned: float
    template: Vector
    at: float


@dataclass(frozen=True)
class Alike:
    """Somebody in the registry who looks like the person, and how much (cosine)."""

    subject: str
    score: float


@dataclass(frozen=True)
class TriedPicture:
    """That the new templates were recognised in another picture: how sure, and at once."""

    score: float
    at: float


Nearest = Callable[[Vector], Alike | None]
"""The most similar subject in the registry in force, but for the person."""


@dataclass(frozen=True)
class EnrolmentSession:
    """An enrolment as it stands; times are monotonic seconds."""

    number: str
    person: Person
    staff: str
    begun: float
    touched: float
    step: EnrolmentStep = EnrolmentStep.CONSENT
    paper: ConsentPaper | None = None
    look: EnrolmentLook | None = None
    stranger: bool = False
    shots: tuple[Shot, ...] = ()
    alike: Alike | None = None
    choice: Choice | None = None
    tried: TriedPicture | None = None
    first_at: float | None = None
    finished: float | None = None

    @property
    def wanted(self) -> Pose:
        """The pose of the next picture; straight ahead where all are taken, to try them."""
        return POSES[len(self.shots)] if len(self.shots) < len(POSES) else Pose.STRAIGHT

    @property
    def rows(self) -> tuple[RowState, ...]:
        neutral = self.shots[0].turned if self.shots else 0.0
        return rows_of(self.look, self.wanted, neutral, stranger=self.stranger)

    @property
    def can_take(self) -> bool:
        """Whether staff may take the next picture by hand: nothing lacks but the turn of the head, which not
        everybody's neck makes.
        """
        look = self.look
        if self.step is not EnrolmentStep.PICTURES or look is None or not look.template:
            return False
        if self.shots and look.captured - self.shots[-1].at < _BETWEEN:
            return False
        return {state.row for state in self.rows if not state.met} == {Row.DIRECTION}

    @property
    def waits_for_choice(self) -> bool:
        """Whether staff have to say first who the look-alike is."""
        return self.step is EnrolmentStep.CHECK and self.alike is not None and self.choice is None

    @property
    def can_finish(self) -> bool:
        """Whether everything is there for the request."""
        return self.step is EnrolmentStep.CHECK and self.tried is not None and not self.waits_for_choice

    @property
    def held_for(self) -> float:
        """For how many seconds templates were in memory, from the first picture on; 0: they still are."""
        return 0.0 if self.finished is None or self.first_at is None else self.finished - self.first_at

    @property
    def agreement(self) -> float | None:
        """How alike the least alike two of the pictures are."""
        if len(self.shots) < 2:
            return None
        vectors = np.stack([shot.template for shot in self.shots])
        return float((vectors @ vectors.T).min())


def is_over(session: EnrolmentSession, now: float) -> str:
    """Why `session` has ended by itself: `too_long`, `tablet_left`; empty while it goes on."""
    if session.step is EnrolmentStep.DONE:
        held = now - (session.finished or now)
        return "done" if held >= UNDONE_WITHIN else ""
    if now - session.begun >= LONGEST:
        return "too_long"
    return "tablet_left" if now - session.touched >= LEFT_AFTER else ""


def signed(session: EnrolmentSession, paper: ConsentPaper) -> EnrolmentSession:
    """After the consent: pictures are taken."""
    return replace(session, step=EnrolmentStep.PICTURES, paper=paper)


def retaken(session: EnrolmentSession) -> EnrolmentSession:
    """From the first picture again; the consent stands."""
    return replace(
        session, step=EnrolmentStep.PICTURES, shots=(), alike=None, choice=None, tried=None, stranger=False
    )


def chosen(session: EnrolmentSession, choice: Choice) -> EnrolmentSession:
    """After staff have said who the look-alike is."""
    return replace(session, choice=choice)


def looked(
    session: EnrolmentSession, look: EnrolmentLook, limits: AlikeLimits, nearest: Nearest
) -> EnrolmentSession:
    """After one frame: a picture is taken by itself where all six rows are met, then they are tried."""
    if session.step not in {EnrolmentStep.PICTURES, EnrolmentStep.CHECK}:
        return session
    template = checked(np.frombuffer(look.template, "<f4")) if look.template else None
    stranger = template is not None and _is_stranger(session, template, limits)
    seen = replace(session, look=look, stranger=stranger)
    if template is None or lack_of(seen.rows) is not None:
        return seen
    if session.step is EnrolmentStep.CHECK:
        return _tried(seen, template, limits, nearest)
    if seen.shots and look.captured - seen.shots[-1].at < _BETWEEN:
        return seen
    return _taken(seen, look, template, limits, nearest)


def taken_now(session: EnrolmentSession, limits: AlikeLimits, nearest: Nearest) -> EnrolmentSession:
    """After staff took the picture by hand, of what was seen last; as before where that cannot be."""
    look = session.look
    if look is None or not session.can_take:
        return session
    return _taken(session, look, checked(np.frombuffer(look.template, "<f4")), limits, nearest)


def _taken(
    session: EnrolmentSession, look: EnrolmentLook, template: Vector, limits: AlikeLimits, near: Nearest
) -> EnrolmentSession:
    turned = 0.0 if look.pose is None else degrees_of(look.pose)
    shot = Shot(session.wanted, turned, template, look.captured)
    first = session.first_at if session.first_at is not None else look.captured
    taken = replace(session, shots=(*session.shots, shot), first_at=first)
    return _weighed(taken, limits, near) if len(taken.shots) == len(POSES) else taken


def _is_stranger(session: EnrolmentSession, template: Vector, limits: AlikeLimits) -> bool:
    return bool(session.shots) and max(_scores(session, template)) < limits.same


def _scores(session: EnrolmentSession, template: Vector) -> list[float]:
    return [float(shot.template @ template) for shot in session.shots]


def _weighed(session: EnrolmentSession, limits: AlikeLimits, nearest: Nearest) -> EnrolmentSession:
    """All pictures are there: is there anybody in the registry who looks like that?"""
    found = [near for shot in session.shots if (near := nearest(shot.template)) is not None]
    best = max(found, key=lambda near: near.score, default=None)
    alike = best if best is not None and best.score >= limits.alike else None
    return replace(session, step=EnrolmentStep.CHECK, alike=alike)


def _tried(
    session: EnrolmentSession, template: Vector, limits: AlikeLimits, nearest: Nearest
) -> EnrolmentSession:
    """Another picture is recognised by the new templates, before anybody else in the registry."""
    if session.tried is not None:
        return session
    score, other = max(_scores(session, template)), nearest(template)
    if score < limits.alike or (other is not None and other.score >= score):
        return session
    assert session.look is not None  # noqa: S101 - it was put there a line before
    return replace(session, tried=TriedPicture(score, session.look.captured))
