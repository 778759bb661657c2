"""Who was admitted and is still before the gate: one grant lets one person through, however long they stay.

A presence begins with a grant and ends when its person has left. Until then a face or a pass of theirs that
was in view all the time admits nobody again: it takes a new act, a face that was away or a pass that was.
What becomes of the grant the lane says: while it has not, the gate stands open for them already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from edge.encounter.values import Look, Shown

ANSWERED_WITHIN = 60.0
"""Seconds after which a lane that has said nothing of a grant will not: it was restarted, or stands open."""

_MOST_LOOKS = 5
"""Looks at a face that are kept, to know it again in another track."""


class GrantOutcome(StrEnum):
    """What became of a grant."""

    PASSED = "passed"  # the beams saw somebody go through
    ESTIMATED = "estimated"  # no beam saw it: somebody may have
    UNUSED = "unused"  # nobody went through
    REFUSED = "refused"  # the lane could not open: nothing was open for them
    UNKNOWN = "unknown"  # the lane never said


@dataclass(frozen=True)
class InView:
    """Something a person shows. `missing` is since when it has been out of view; None while it is in view."""

    missing: float | None = None


@dataclass(frozen=True)
class FaceInView(InView):
    """Their face: the tracks it has had since it came into view, and what it looks like."""

    tracks: frozenset[int] = frozenset()
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True)
class Presence:
    """Somebody who was admitted at `since` by the decision `reference`, and what of them is in view.

    `subject_id` None: nobody asked who it was (a free gate). `passes` is by name (see `Shown`). `answer` is
    what became of the grant, `answered` when that was heard; None while the lane has yet to say. `told` is
    when they were last told that they are not admitted again. `looked` is when the last frame was taken.
    """

    subject_id: str | None
    reference: str
    since: float
    face: FaceInView | None = None
    passes: dict[str, InView] = field(default_factory=dict)
    answer: GrantOutcome | None = None
    answered: float = 0.0
    told: float | None = None
    looked: float = 0.0

    @property
    def here(self) -> bool:
        """Whether anything of them is in view, or was a moment ago."""
        return bool(self._shown)

    @property
    def in_view(self) -> bool:
        """Whether anything of them was in the last frame."""
        return any(one.missing is None for one in self._shown)

    @property
    def _shown(self) -> tuple[InView, ...]:
        return (*(() if self.face is None else (self.face,)), *self.passes.values())


@dataclass(frozen=True)
class Pace:
    """In seconds. After `gone_after` out of view somebody has left; `walk_on` is the time to walk on in.

    A person who passed is in view for a while yet, and so is what they hold in their hand.
    """

    gone_after: float
    walk_on: float


def admitted(
    subject_id: str | None,
    reference: str,
    shown: Shown,
    looks: tuple[Look, ...],
    now: float,
    before: Presence | None = None,
    hidden: FaceInView | None = None,
) -> Presence:
    """The presence that a grant begins; what of the one `before` is still in view goes on in it.

    A face that is `hidden` now and was in view a moment ago is not new until it has been away.
    """
    if before is None:
        here = Presence(subject_id, reference, now, looked=now)
    else:
        here = Presence(subject_id, reference, now, before.face, before.passes, looked=before.looked)
    here = joined(here, shown, looks)
    return replace(here, face=here.face or hidden)


def joined(presence: Presence, shown: Shown, looks: tuple[Look, ...] = ()) -> Presence:
    """What is known to be shown by this person too goes on as part of their presence."""
    face = presence.face
    if shown.track is not None:
        known = FaceInView() if face is None else face
        face = FaceInView(None, known.tracks | {shown.track}, known.looks or best(looks))
    return replace(presence, face=face, passes=presence.passes | dict.fromkeys(shown.passes, InView()))


def parted(presence: Presence, track: int) -> Presence:
    """The face of `track` is another person's after all."""
    face = presence.face
    if face is None or track not in face.tracks:
        return presence
    return replace(presence, face=replace(face, tracks=face.tracks - {track}))


def seen(
    presence: Presence,
    tracks: frozenset[int],
    passes: frozenset[str],
    now: float,
    pace: Pace,
    perhaps: frozenset[int] = frozenset(),
) -> Presence:
    """The presence after a frame that shows the faces `tracks` and the passes `passes`.

    One of `perhaps` may be in view or not: so long nobody has left, and nobody stands there still.
    Only a frame in which somebody is missing says that they are: while no frames come (a camera that is
    opened anew, a busy machine), nobody has left. After such a pause a track's number may be another face's.
    """
    face, paused = presence.face, now - presence.looked > pace.gone_after
    if face is not None:
        tracks_then = frozenset() if paused else face.tracks
        missing = _missing(face, now, in_view=bool(tracks_then & tracks))
        missing = now if tracks_then & perhaps else missing
        face = None if _gone(face, now, pace) else replace(face, tracks=tracks_then, missing=missing)
    kept = {
        name: InView(_missing(one, now, in_view=name in passes))
        for name, one in presence.passes.items()
        if not _gone(one, now, pace)
    }
    presence = replace(presence, face=face, passes=kept, looked=now)
    if presence.answer is None and now - presence.since > ANSWERED_WITHIN:
        return answered(presence, GrantOutcome.UNKNOWN, now)
    return presence


def answered(presence: Presence, answer: GrantOutcome, now: float) -> Presence:
    """The lane has said what became of the grant; it says so once."""
    return presence if presence.answer is not None else replace(presence, answer=answer, answered=now)


def is_over(presence: Presence, now: float, pace: Pace) -> bool:
    """Whether nothing is open for them any more, and they have left, or were not let through at all."""
    if presence.answer is GrantOutcome.REFUSED and now - presence.answered >= pace.walk_on:
        return True
    return presence.answer is not None and not presence.here


def admits(presence: Presence, shown: Shown, now: float, pace: Pace) -> bool:
    """Whether this person may be admitted again by what they show: by a new act, once the grant has ended."""
    walks_on = presence.answer is GrantOutcome.PASSED and now - presence.answered < pace.walk_on
    if presence.answer is None or walks_on:
        return False
    new_face = shown.track is not None and presence.face is None
    return new_face or not shown.passes <= presence.passes.keys()


def is_stuck(presence: Presence, now: float, pace: Pace) -> bool:
    """Whether their grant has ended and they stand there still: they have to be told what to do.

    Nobody who may have gone through is told while they may be walking on, and nobody of whose grant nothing
    is known: the gate may be held open.
    """
    if presence.answer in {None, GrantOutcome.REFUSED, GrantOutcome.UNKNOWN} or not presence.in_view:
        return False
    return presence.answer is GrantOutcome.UNUSED or now - presence.answered >= pace.walk_on


def _missing(one: InView, now: float, *, in_view: bool) -> float | None:
    if in_view:
        return None
    return now if one.missing is None else one.missing


def _gone(one: InView, now: float, pace: Pace) -> bool:
    return one.missing is not None and now - one.missing > pace.gone_after


def best(looks: Iterable[Look]) -> tuple[Look, ...]:
    """Those by which a face is known again."""
    return tuple(sorted(looks, key=lambda look: look.quality, reverse=True)[:_MOST_LOOKS])
