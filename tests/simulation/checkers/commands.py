"""What central orders is done once, in the order in which it was given, and never when somebody plays it
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.journal.format import CommandTaken, LaneOpened
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, what
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import Commanded, Seen, Stored, Violation, identity_of

TAKEN_WITHIN = 420.0
"""Seconds from the order to the deed. A command holds for 60 s, give or take 30 s (`TOLERANCE`) and a clock
that is right within 60 s; one with a challenge for as long as that is out, 300 s.
"""


class CommandsAreDoneOnce:
    """Each command is taken at most once on one card, after no later one of its key, soon, and was given."""

    name = "commands_are_done_once"

    def __init__(self, books: Books, weather: Weather) -> None:
        self._books = books
        self._weather = weather
        self._given: dict[tuple[str, str], float] = {}
        self._taken: dict[tuple[str, str], Stored] = {}
        self._highest: dict[tuple[str, str], tuple[int, Stored]] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Commanded: self._commanded, Stored: self._stored}

    def _commanded(self, seen: Commanded) -> Iterable[Violation]:
        self._given.setdefault((seen.device, seen.nonce.hex()), seen.at)
        return ()

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if not self._books.is_news(seen):
            return
        match what(seen):
            case CommandTaken() as event:
                yield from self._take(seen, event)
            case LaneOpened(reference=reference) if reference.startswith("command "):
                nonce = reference.removeprefix("command ")
                if (seen.device, nonce) not in self._taken:
                    yield Violation(
                        self.name, seen.at, f"{seen.device}: opened for {nonce}, which was not taken"
                    )
            case _:
                pass

    def _take(self, seen: Stored, event: CommandTaken) -> Iterable[Violation]:
        device, nonce = seen.device, event.nonce
        given = self._given.get((identity_of(device), nonce))
        if given is None:
            yield Violation(self.name, seen.at, f"{device}: took {event.command} {nonce}, which nobody gave")
        elif seen.at > given + TAKEN_WITHIN and self._weather.clock_right_since(device) is not None:
            text = f"{device}: took {event.command} {nonce}, given {seen.at - given:.0f} s ago"
            yield Violation(self.name, seen.at, text)
        before = self._taken.get((device, nonce))
        if before is not None and self._books.still_counts(before):
            yield Violation(self.name, seen.at, f"{device}: took {event.command} {nonce} a second time")
        counter, later = self._highest.get((device, event.issuer), (0, seen))
        if event.counter <= counter and later is not before and self._books.still_counts(later):
            text = f"{device}: took {event.command} {nonce}, counter {event.counter} after {counter}"
            yield Violation(self.name, seen.at, text)
        self._taken[device, nonce] = seen
        if event.counter > counter or not self._books.still_counts(later):
            self._highest[device, event.issuer] = event.counter, seen
