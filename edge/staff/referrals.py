"""Who may be let in, or sent away, from their card: who was decided on last, and those referred whom nobody
has settled. Used by the main loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from edge.decision import Decision, Outcome
from edge.journal.format import AccessDecided, Entry, LaneGrantRefused, StaffActTaken, understood
from edge.ports import AccessEvent, Noted
from edge.runtime.main_loop import Heard
from edge.scanners.core import CodeScanned
from edge.staff.core import PERSON_THERE, REFERRED_FOR, SETTLES
from edge.vision.reports import Sighting

_MOST: Final = 16
"""Referrals that staff may settle; the page shows the newest few."""
_SHEET: Final = 60.0
"""Seconds for which a sheet of reasons stands open at most, after a card was last shown."""


class GoneWhy(StrEnum):
    """Why nobody is let in from a card any more."""

    ANOTHER = "another"
    """Somebody else was decided on since the page was looked at."""
    UNSEEN = "unseen"
    """Nobody was seen for a while, or another was decided on; it can be said again."""
    SETTLED = "settled"
    """They were let in, or sent away, or decided on again."""


@dataclass(frozen=True)
class _Referral:
    """Who was referred (None: nobody known), and when they were last seen (monotonic seconds)."""

    subject: str | None
    seen: float


class Referrals:
    """The newest decision, and the referrals that wait, by the sequences of their events."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._newest = 0
        self._seen = float("-inf")
        self._waiting: dict[int, _Referral] = {}
        self._settled: dict[int, tuple[int, _Referral]] = {}
        """By the act, or the decision, that settled it."""
        self._became: dict[int, int] = {}
        """Whose person was referred once more: it is the newer one that waits."""

    def hear(self, heard: Heard) -> None:
        """Take up who is before the gate, and whom the lane did not let through."""
        match heard:
            case AccessEvent(entry=Entry() as entry):
                self._decided(entry.sequence, heard.decision, self._monotonic())
            case Sighting() if heard.faces or heard.codes:
                self._see(heard.captured)
            case CodeScanned():
                self._see(heard.at)
            case Noted(event=LaneGrantRefused(reference=reference)):
                self._refused(reference)

    def remember(self, entries: Iterable[tuple[Entry, float]]) -> None:
        """Take up what the journal's end says of before this start: events, and how old each is (s)."""
        now = self._monotonic()
        for entry, age in entries:
            event = understood(entry)
            if isinstance(event, AccessDecided):
                self._decided(entry.sequence, event.decision, now - age)
            elif isinstance(event, StaffActTaken) and event.act in SETTLES:
                self.settle(event.about, entry.sequence)
            elif isinstance(event, LaneGrantRefused):
                self._refused(event.reference)

    @property
    def newest(self) -> int:
        """The newest decision; 0: there was none."""
        return self._newest

    def current(self, encounter: int | None) -> int | None:
        """The decision by which that person waits now."""
        return encounter if encounter is None else self._became.get(encounter, encounter)

    def waits(self, encounter: int) -> bool:
        """Whether that referral is not settled."""
        return encounter in self._waiting

    def gone(self, encounter: int | None, after: int | None, *, anyway: bool) -> GoneWhy | None:
        """Why nobody is let in for the decision `encounter` (None: for who is there); `after` is the newest
        decision that the page had shown (None: it does not say). `anyway`: also where nobody was seen.
        """
        if any(number == encounter for number, _ in self._settled.values()):
            return GoneWhy.SETTLED
        waits = encounter is not None and self._is_shown(encounter)
        if after is not None and after != self._newest and not waits:
            return GoneWhy.ANOTHER
        if encounter is None or waits or anyway:
            return None
        there = encounter == self._newest and self._monotonic() - self._seen <= PERSON_THERE
        return None if there else GoneWhy.UNSEEN

    def settle(self, encounter: int | None, by: int) -> None:
        """The referral was settled by the act `by`."""
        if encounter is not None and encounter in self._waiting:
            self._settled[by] = encounter, self._waiting.pop(encounter)
            _trim(self._settled)

    # --- inside ----------------------------------------------------------------------------

    def _decided(self, sequence: int, decision: Decision, at: float) -> None:
        subject = decision.subject_id
        self._newest, self._seen = sequence, at
        again = [
            number
            for number, referral in self._waiting.items()
            if subject is not None and referral.subject == subject
        ]
        if decision.outcome is not Outcome.REFER:
            for number in again:
                self.settle(number, sequence)
            return
        for number in again:
            del self._waiting[number]
            moved = [old for old, new in self._became.items() if new == number]
            self._became |= dict.fromkeys((*moved, number), sequence)
            _trim(self._became)
        self._waiting[sequence] = _Referral(subject, at)
        _trim(self._waiting)

    def _see(self, at: float) -> None:
        self._seen = at
        newest = self._waiting.get(self._newest)
        if newest is not None:
            self._waiting[self._newest] = replace(newest, seen=at)

    def _refused(self, reference: str) -> None:
        """Whom the lane did not let through waits again."""
        settled = self._settled.pop(int(reference), None) if reference.isdecimal() else None
        if settled is not None:
            number, referral = settled
            self._waiting[number] = replace(referral, seen=self._monotonic())

    def _is_shown(self, encounter: int) -> bool:
        referral = self._waiting.get(encounter)
        return referral is not None and self._monotonic() - referral.seen <= REFERRED_FOR + _SHEET


def _trim(kept: dict[int, Any]) -> None:
    while len(kept) > _MOST:
        del kept[next(iter(kept))]
