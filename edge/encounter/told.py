"""What the people before one gate were told, so that nobody is told the same again for a while.

A telling is one person's; somebody in another track is somebody else where their face says so, and anybody is
where nothing has shown the one who was told for a while. A camera that is opened anew saw nobody leave: after
such a pause a telling goes on for those of whom the registry, their face or their pass says that they are the
same. A stranger inherits nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from edge.decision import FaceFinding, PassVerdict
from edge.encounter.values import Encounter, Look

REFUSED_FOR = 60.0
"""Seconds for which somebody who stands still is refused once in the same words."""

SameFace = Callable[[tuple[Look, ...], tuple[Look, ...]], bool]

_MOST = 64
"""Tellings that are kept: more than people are told anything in the time that one holds."""


@dataclass(frozen=True)
class _Telling:
    """What one person was told at `at`; `seen` is when a frame showed their track or their pass last.

    `paused`: no frames have come for so long that they may be gone.
    """

    conclusion: tuple[object, ...]
    at: float
    subject: str | None
    track: int | None
    passes: frozenset[str]
    looks: tuple[Look, ...]
    seen: float
    paused: bool = False
    refusal: tuple[str, str] | None = None  # the outcome and its reason


class ToldHere:
    """The tellings of the last minute; those of the last `again` seconds are not told again."""

    def __init__(self, again: float, gone_after: float, same_face: SameFace) -> None:
        self._again = again
        self._gone_after = gone_after
        self._same_face = same_face
        self._tellings: tuple[_Telling, ...] = ()
        self._looked = float("-inf")
        self._resumed = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._tellings)

    def look(self, now: float, *, somebody: bool) -> None:
        """A frame was taken at `now`; `somebody` is in view, or was a moment ago.

        Nobody counts as gone until frames have shown for `gone_after` that nobody is there.
        """
        if now - self._looked > self._gone_after:
            self._resumed = now
            self._tellings = tuple(replace(told, paused=True) for told in self._tellings)
        self._looked = now
        gone = not somebody and now - self._resumed > self._gone_after
        kept = max(self._again, REFUSED_FOR)
        self._tellings = () if gone else tuple(t for t in self._tellings if now - t.at < kept)

    def see(self, tracks: frozenset[int], passes: frozenset[str], now: float) -> None:
        """Take into account which tracks and passes a frame shows."""
        self._tellings = tuple(
            replace(told, seen=now) if told.track in tracks or not passes.isdisjoint(told.passes) else told
            for told in self._tellings
        )

    def tell(self, encounter: Encounter, looks: tuple[Look, ...]) -> None:
        """Somebody is told what their encounter comes to."""
        face, shown = encounter.face, encounter.shown
        subject = None if face is None else face.subject_id
        at = encounter.ready
        told = _Telling(encounter.conclusion, at, subject, shown.track, shown.passes, looks, seen=at)
        self._tellings = (*self._tellings[1 - _MOST :], told)

    def before(self, encounter: Encounter, looks: tuple[Look, ...]) -> frozenset[tuple[object, ...]]:
        """What this person was told, as conclusions."""
        lately = (t for t in self._tellings if self._looked - t.at < self._again)
        return frozenset(t.conclusion for t in lately if self._is_theirs(t, encounter, looks))

    def again(self, encounter: Encounter, looks: tuple[Look, ...]) -> bool:
        """Whether they were told this before a pause: what they show is read anew, and is the same.

        Of a pass that is bad by itself their face says nothing, which may not be seen yet.
        """
        face, code = encounter.conclusion
        bad = encounter.code is not None and encounter.code.verdict is not PassVerdict.GENUINE
        return any(
            told.paused
            and self._looked - told.at < self._again
            and self._is_theirs(told, encounter, looks)
            and told.conclusion[1] == code
            and (told.conclusion[0] == face or bad)
            for told in self._tellings
        )

    def refused(self, encounter: Encounter, looks: tuple[Look, ...], refusal: tuple[str, str]) -> None:
        """What they were told last was this refusal, and the journal has it."""
        theirs = [told for told in self._tellings if self._is_theirs(told, encounter, looks)]
        if theirs and not self.was_refused(encounter, looks, refusal):
            last = theirs[-1]
            self._tellings = tuple(
                replace(told, refusal=refusal) if told is last else told for told in self._tellings
            )

    def was_refused(self, encounter: Encounter, looks: tuple[Look, ...], refusal: tuple[str, str]) -> bool:
        """Whether they were refused in these words a minute ago or less, and have stood here since."""
        return any(
            told.refusal == refusal and self._looked - told.at < REFUSED_FOR
            for told in self._tellings
            if self._is_theirs(told, encounter, looks)
        )

    def forget(self, conclusion: tuple[object, ...]) -> None:
        """It was not the last word: they are let through."""
        self._tellings = tuple(told for told in self._tellings if told.conclusion != conclusion)

    def clear(self) -> None:
        self._tellings = ()

    def _is_theirs(self, told: _Telling, encounter: Encounter, looks: tuple[Look, ...]) -> bool:
        face, shown = encounter.face, encounter.shown
        if not told.paused and told.track is not None and told.track == shown.track:
            return True
        if told.subject is not None and face is not None and face.subject_id is not None:
            return told.subject == face.subject_id
        if told.looks and looks:
            return self._same_face(told.looks, looks)
        left = told.paused or self._looked - told.seen > self._gone_after
        return not left or not told.passes.isdisjoint(shown.passes)


def of_several(conclusion: tuple[object, ...]) -> bool:
    """Whether it was told to two who stood there together."""
    face = conclusion[0]
    return isinstance(face, tuple) and face[0] is FaceFinding.SEVERAL


def of_looks(conclusion: tuple[object, ...]) -> bool:
    """Whether they were told what to change so that their face is seen."""
    face = conclusion[0]
    return isinstance(face, tuple) and (face[1] is not None or face[3] is not None)
