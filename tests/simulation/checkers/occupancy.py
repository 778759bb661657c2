"""The gate's count is the people: those whom beams saw while the gate lived, over any number of restarts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge.journal.format import OccupancyReset
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Reminders
from tests.simulation.checkers.weather import CARD, Weather
from tests.simulation.observations import Counted, ProcessBegan, ProcessEnded, Seen, Stored, Violation, Walked
from tests.simulation.plan import Fault

COUNTED_WITHIN = 60.0
"""Seconds from a walk to the gate's file of counts: the crossing ends (a lane that stands open, `held_time`,
20 s), the count is written each second, the exchange looks every few seconds; in a world, when there is an
event.
"""
LIVES_ON_FOR = 30.0
"""Seconds for which the gate's process has to live after a walk for it to be counted for certain: the passage
is told when the crossing has ended.
"""
_STORED = CARD - {Fault.GATE_KILLED, Fault.SYNC_KILLED, Fault.POWER_CUT}
"""Faults of the card after which a count may lack what the journal lost; a kill or a cut loses nothing."""


@dataclass
class Way:
    """One way through one gate. `sure` walks have to be counted, `all` may be."""

    sure: int = 0
    all: int = 0
    counted: int = 0


class CountIsPeople:
    """Each way, a gate counts no fewer than its beams saw while it lived, and no more than went."""

    name = "count_is_people"

    def __init__(self, reminders: Reminders, books: Books, weather: Weather) -> None:
        self._reminders = reminders
        self._books = books
        self._weather = weather
        self._ways: dict[tuple[str, bool], Way] = {}
        self._ends: dict[str, float] = {}
        self._days: dict[str, int] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Walked: self._walked,
            Counted: self._counted,
            ProcessBegan: self._began,
            ProcessEnded: self._ended,
            Stored: self._stored,
        }

    def _way(self, device: str, *, inward: bool) -> Way:
        return self._ways.setdefault((device, inward), Way())

    def _walked(self, seen: Walked) -> Iterable[Violation]:
        self._way(seen.device, inward=seen.inward).all += 1
        if seen.beams_worked and seen.gate_lived:
            day = self._days.get(seen.device, 0)
            self._reminders.at(seen.at + LIVES_ON_FOR, lambda _: self._lived_on(seen, day))
        return ()

    def _lived_on(self, seen: Walked, day: int) -> Iterable[Violation]:
        """The gate lived on after the walk, on a card that keeps what it is given: it has to be counted."""
        alive, device = self._weather.alive_since(seen.device), seen.device
        began_before = alive is not None and alive <= seen.at - 1.0
        if began_before and self._card_keeps(device) and self._days.get(device, 0) == day:
            self._way(device, inward=seen.inward).sure += 1
            self._reminders.at(seen.at + COUNTED_WITHIN, lambda now: self._look(device, now))
        return ()

    def _card_keeps(self, device: str) -> bool:
        return self._weather.quiet_since(device, _STORED) == 0.0 and not self._books.losses(device)

    def _counted(self, seen: Counted) -> Iterable[Violation]:
        for inward, number in ((True, seen.entered), (False, seen.left)):
            way = self._way(seen.device, inward=inward)
            way.counted = number
            if number > way.all and self._card_keeps(seen.device) and not self._days.get(seen.device, 0):
                text = f"{seen.device}: counted {number} {_name(inward)}, {way.all} went"
                yield Violation(self.name, seen.at, text)
        self._reminders.at(seen.at + COUNTED_WITHIN, lambda now: self._look(seen.device, now))

    def _look(self, device: str, now: float) -> Iterable[Violation]:
        """Whether all who are sure to be counted are; not while the gate is away, or has just begun."""
        alive = self._weather.alive_since(device)
        if alive is None or now < alive + COUNTED_WITHIN or not self._card_keeps(device):
            return
        for inward in (True, False):
            way = self._way(device, inward=inward)
            if way.counted < way.sure:
                text = f"{device}: counted {way.counted} {_name(inward)}, {way.sure} were seen by its beams"
                yield Violation(self.name, now, text)
                way.sure = way.counted  # said once

    def _began(self, seen: ProcessBegan) -> Iterable[Violation]:
        if seen.process == "gate":
            self._reminders.at(seen.at + COUNTED_WITHIN, lambda now: self._look(seen.device, now))
        return ()

    def _ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        if seen.process == "gate":
            self._ends[seen.device] = seen.at
        return ()

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        """A day of counting has ended: its counters are given up, and those before are not asked for."""
        if seen.kind == OccupancyReset.kind and self._books.is_news(seen):
            self._days[seen.device] = self._days.get(seen.device, 0) + 1
            for inward in (True, False):
                self._way(seen.device, inward=inward).sure = 0
        return ()


def _name(inward: bool) -> str:
    return "inward" if inward else "outward"
