"""Who was nearly recognised, and let in by staff: they are offered for new pictures until the shift ends.
Used by the main loop's thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from edge.decision import near_miss
from edge.journal.format import (
    ConsentWithdrawn,
    EnrolmentRequested,
    Entry,
    NearMissOffered,
    ShiftBegun,
    ShiftEnded,
    ShiftHandedOver,
    StaffActTaken,
)
from edge.ports import AccessEvent, Noted
from edge.runtime.main_loop import Heard
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table
from edge.staff.core import Right, StaffAct
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Done
from edge.staff.protocol import now as messages
from edge.staff.shifts import LONGEST
from edge.support.due import NEVER

MOST_KEPT: Final = 32
"""Persons of a shift who are remembered, and so offered once; of more, the oldest are forgotten."""
MOST_SHOWN: Final = 3


@dataclass(frozen=True)
class PictureOffer:
    """`subject` was let in at `at`, and is offered until monotonic `until`; `open`: nobody has settled it."""

    subject: str
    at: datetime
    until: float
    open: bool = True


class NearMisses:
    """Offers whom staff let in by name for new pictures, where their face was nearly enough: once a shift. A
    restart forgets them.
    """

    def __init__(self, gate: GatePorts) -> None:
        self._gate = gate
        self._nearly: dict[int, str] = {}
        self._offers: dict[str, PictureOffer] = {}
        self._untold: list[NearMissOffered] = []

    def table(self) -> Table:
        """Who may ask what of this."""
        return {messages.DismissNearMiss: Handled(Right.LET_IN, self._dismiss, AnsweringThread.LOOP)}

    def hear(self, heard: Heard) -> None:
        """Take up who was nearly recognised, whom staff let in, and when a shift is over."""
        match heard:
            case AccessEvent(entry=Entry() as entry, evidence=evidence):
                self._decided(entry.sequence, near_miss(evidence))
            case Noted(event=StaffActTaken(act=StaffAct.LET_IN) as act, entry=Entry() as entry):
                self._let_in(act, entry)
            case Noted(event=ShiftBegun() | ShiftHandedOver() | ShiftEnded()):
                self._offers.clear()
            case Noted(event=EnrolmentRequested(subject=subject) | ConsentWithdrawn(subject=subject)):
                self._settle(subject)
            case _:
                pass

    def open(self) -> tuple[PictureOffer, ...]:
        """Who is offered, the newest first."""
        now = self._gate.clock.monotonic()
        found = [offer for offer in self._offers.values() if offer.open and offer.until > now]
        return tuple(reversed(found[-MOST_SHOWN:]))

    def poll(self) -> float:
        """Write down who was offered since the last time."""
        untold, self._untold = self._untold, []
        for event in untold:
            self._gate.note(event)
        return NEVER

    # --- inside ----------------------------------------------------------------------------

    def _decided(self, number: int, subject: str | None) -> None:
        if subject is not None:
            self._nearly[number] = subject
            if len(self._nearly) > MOST_KEPT:
                del self._nearly[next(iter(self._nearly))]

    def _let_in(self, act: StaffActTaken, entry: Entry) -> None:
        subject = None if act.about is None else self._nearly.get(act.about)
        if subject is None:
            return
        now = self._gate.clock.monotonic()
        before = self._offers.get(subject)
        if before is not None and before.until > now:
            return
        self._offers.pop(subject, None)
        self._offers[subject] = PictureOffer(subject, entry.wall.at, now + LONGEST)
        if len(self._offers) > MOST_KEPT:
            del self._offers[next(iter(self._offers))]
        self._untold.append(NearMissOffered(act.staff, subject))

    def _settle(self, subject: str) -> None:
        offer = self._offers.get(subject)
        if offer is not None:
            self._offers[subject] = replace(offer, open=False)

    def _dismiss(self, asked: AllowedRequest) -> Answer:
        self._settle(asked.body.subject)
        return Done()
