"""Who was admitted and is still here, of all the people before one gate (see `presence`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge.decision import FaceFinding, PassVerdict
from edge.encounter.choosing import INCONCLUSIVE
from edge.encounter.presence import (
    FaceInView,
    GrantOutcome,
    Pace,
    Presence,
    admits,
    admitted,
    answered,
    is_over,
    is_stuck,
    joined,
    parted,
    seen,
)
from edge.encounter.values import Encounter, Look, Shown

SameFace = Callable[[tuple[Look, ...], tuple[Look, ...]], bool]


class AdmittedHere:
    """The presences before one gate: whose a face or a pass in view is, and whether it admits again."""

    def __init__(self, pace: Pace, same_face: SameFace) -> None:
        self._pace = pace
        self._same_face = same_face
        self._presences: tuple[Presence, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._presences)

    def see(
        self,
        tracks: frozenset[int],
        passes: frozenset[str],
        now: float,
        perhaps: frozenset[int] = frozenset(),
    ) -> frozenset[str]:
        """Take a frame into account; the passes of people whom the lane refused: they count as new again."""
        here = tuple(seen(presence, tracks, passes, now, self._pace, perhaps) for presence in self._presences)
        over = [presence for presence in here if is_over(presence, now, self._pace)]
        self._presences = tuple(presence for presence in here if presence not in over)
        return frozenset(name for presence in over for name in presence.passes)

    def add(
        self,
        encounter: Encounter,
        looks: tuple[Look, ...],
        subject_id: str | None,
        reference: str,
        now: float,
        hidden: FaceInView | None = None,
    ) -> None:
        """Somebody was admitted, for the first time or by a new act; their face may be `hidden` now."""
        before = self._whose(encounter, looks, free=True)
        shown = _theirs(encounter, subject_id)
        new = admitted(subject_id, reference, shown, looks, now, before, hidden)
        self._presences = (*(presence for presence in self._presences if presence is not before), new)

    def answered(self, reference: str, answer: GrantOutcome, now: float) -> None:
        """The lane has said what became of the oldest grant of this reference that it has not spoken of."""
        for place, presence in enumerate(self._presences):
            if presence.reference == reference and presence.answer is None:
                changed = answered(presence, answer, now)
                self._presences = (*self._presences[:place], changed, *self._presences[place + 1 :])
                return

    @property
    def passes(self) -> frozenset[str]:
        """The names of the passes in view by which somebody is here."""
        return frozenset(name for presence in self._presences for name in presence.passes)

    def tracks(self, but: frozenset[str | None]) -> frozenset[int]:
        """The tracks of the faces of those who are here, without those of the people `but`."""
        faces = (presence.face for presence in self._presences if presence.subject_id not in but)
        return frozenset(track for face in faces if face is not None for track in face.tracks)

    def passes_of_returned(self, subject_id: str | None) -> frozenset[str]:
        """The passes that somebody left in view while their face was away."""
        names = (
            presence.passes
            for presence in self._presences
            if subject_id is not None and presence.subject_id == subject_id and presence.face is None
        )
        return frozenset(name for passes in names for name in passes)

    def holds_back(self, encounter: Encounter, looks: tuple[Look, ...], now: float, *, free: bool) -> bool:
        """Whether this is somebody who was admitted and has done nothing new since; it goes on as theirs."""
        presence = self._whose(encounter, looks, free=free)
        if presence is None:
            return False
        shown = _theirs(encounter, presence.subject_id)
        if admits(presence, shown, now, self._pace):
            return False
        self._become(presence, joined(presence, shown, looks))
        return True

    def stuck(self, now: float, again_after: float) -> tuple[Presence, ...]:
        """Those to tell that their grant is over: at once, then every `again_after` seconds.

        Nobody is told while the gate stands open for somebody.
        """
        if any(presence.answer is None for presence in self._presences):
            return ()
        due = tuple(
            presence
            for presence in self._presences
            if is_stuck(presence, now, self._pace)
            and (presence.told is None or now - presence.told >= again_after)
        )
        for presence in due:
            self._become(presence, replace(presence, told=now))
        return due

    def clear(self) -> None:
        """The input has ended."""
        self._presences = ()

    # --- whose it is -----------------------------------------------------------------------

    def _whose(self, encounter: Encounter, looks: tuple[Look, ...], *, free: bool) -> Presence | None:
        """By the pass that is shown, else by the face; a free gate asks for no pass, so there by both."""
        code, face, shown = encounter.code, encounter.face, encounter.shown
        speaks = code is not None and code.verdict not in INCONCLUSIVE
        subject = None
        if code is not None and code.verdict is PassVerdict.GENUINE:
            subject = code.subject_id
        elif face is not None and face.finding is FaceFinding.MATCHED and not (speaks and not free):
            subject = face.subject_id
        for presence in self._presences:
            if subject is not None and presence.subject_id == subject:
                return presence
        for presence in self._presences:
            if (speaks or free) and not shown.passes.isdisjoint(presence.passes):
                return presence
        if shown.track is None or (speaks and not free):
            return None
        return self._by_face(shown.track, looks, subject)

    def _by_face(self, track: int, looks: tuple[Look, ...], subject: str | None) -> Presence | None:
        for presence in self._presences:
            face = presence.face
            if subject is not None and presence.subject_id is not None:
                self._become(presence, parted(presence, track))  # the registry says that it is another
            elif face is not None and (track in face.tracks or self._same_face(face.looks, looks)):
                return presence
        return None

    def _become(self, old: Presence, new: Presence) -> None:
        self._presences = tuple(new if presence is old else presence for presence in self._presences)


def _theirs(encounter: Encounter, subject_id: str | None) -> Shown:
    """What an encounter shows of this person: a genuine pass, and the face unless it is another's."""
    face, code, shown = encounter.face, encounter.code, encounter.shown
    genuine = code is not None and code.verdict is PassVerdict.GENUINE
    known = None if face is None or face.finding is not FaceFinding.MATCHED else face.subject_id
    track = shown.track if subject_id is None or known in {None, subject_id} else None
    return Shown(track, shown.passes if genuine else frozenset())
