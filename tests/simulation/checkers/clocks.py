"""What a gate makes of its wall clock: a right one is believed again, a wrong one is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.decision import Reason
from edge.journal.format import AccessDecided, ClockDisagrees, ClockUnsure
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Reminders, what
from tests.simulation.checkers.known import Known
from tests.simulation.checkers.weather import CARD, Weather
from tests.simulation.observations import ClockState, Seen, Stored, Violation

BELIEVED_WITHIN = 90.0
"""Seconds in fair weather from an event to its acknowledgement, which tells central's time, and to the pruner
that reads it. Ordinary events linger for 5 s, a lost message comes again after 2 to 60 s.
"""
NOTICED_WITHIN = 720.0
"""Seconds until a gate alone says that its clock is wrong: 600 s (`_UNSURE_FOR`), and 120 s for a clock that
runs slow and a gate that is polled rarely.
"""
BEHIND_BY = 400.0
"""Seconds behind what it wrote itself, from which on a clock is wrong here: more than `AGREES_WITHIN`."""
_SAYS = frozenset({ClockUnsure.kind, ClockDisagrees.kind})


class RightClockIsBelieved:
    """A clock that is right is believed soon after central has said the time, whatever it once wrote."""

    name = "right_clock_is_believed"

    def __init__(self, books: Books, weather: Weather) -> None:
        self._books = books
        self._weather = weather
        self._asked: dict[str, tuple[float, float]] = {}
        """Since when the weather was fair, and the first event after that."""

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        fair = self._weather.fair_since(seen.device)
        if fair is None or not self._books.is_news(seen):
            return
        since, first = self._asked.get(seen.device, (-1.0, 0.0))
        if since != fair:
            self._asked[seen.device] = fair, seen.at
        elif seen.at > first + BELIEVED_WITHIN:
            event = what(seen) if seen.kind == AccessDecided.kind else None
            if isinstance(event, AccessDecided) and event.decision.reason is Reason.CLOCK_UNTRUSTED:
                text = f"{seen.device}: does not believe a clock that is right"
                yield Violation(self.name, seen.at, f"{text}, linked for {seen.at - fair:.0f} s")


class WrongClockIsNoticed:
    """A gate says so, alone too, when its clock is behind what a trusted clock wrote into its own journal."""

    name = "wrong_clock_is_noticed"

    def __init__(self, reminders: Reminders, known: Known, books: Books, weather: Weather) -> None:
        self._reminders = reminders
        self._known = known
        self._books = books
        self._weather = weather
        self._written: dict[str, Stored] = {}
        self._said: dict[str, float] = {}
        self._behind: dict[str, float] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored, ClockState: self._clock}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if seen.kind in _SAYS:
            self._said[seen.device] = seen.at
        right = self._weather.clock_right_since(seen.device)
        if right is not None and right < seen.at and self._books.is_news(seen):
            self._written[seen.device] = seen
        return ()

    def _clock(self, seen: ClockState) -> Iterable[Violation]:
        device, written = seen.device, self._written.get(seen.device)
        behind = written is not None and seen.at + seen.off < written.at - BEHIND_BY
        if not behind:
            self._behind.pop(device, None)
        elif device not in self._behind and written is not None:
            self._behind[device] = seen.at
            self._reminders.at(seen.at + NOTICED_WITHIN, lambda now: self._look(written, seen.at, now))
        return ()

    def _look(self, written: Stored, begin: float, now: float) -> Iterable[Violation]:
        device = written.device
        alive, whole = self._weather.alive_since(device), self._weather.quiet_since(device, CARD)
        lived = alive is not None and alive <= begin and whole is not None and whole <= begin
        published = self._known.version_of(device)
        vouched = published is not None and written.at < published.expires
        still = self._behind.get(device) == begin and now + self._weather.clocks[device].off < written.at
        if (
            lived
            and vouched
            and still
            and self._books.still_counts(written)
            and self._said.get(device, -1.0) < begin
        ):
            yield Violation(
                self.name, now, f"{device}: its clock is behind since {begin:.0f}, it never said so"
            )
