"""What every checker has in common: the site's rules, reminders of what is due, and who hears what."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Protocol, runtime_checkable

from edge.journal.format import Event, UnknownEvent, read_event
from edge.support.decoding import Undecodable
from tests.simulation.observations import Observation, OfEvent, Seen, Violation

DAY = 86_400.0
Reaction = Callable[[Any], Iterable[Violation]]
"""Takes an observation of one type; returns what it shows to be broken."""


@dataclass(frozen=True)
class Rules:
    """What the site's policy and its gates' configuration say, as far as a promise depends on it.

    `begin` is the world's begin in seconds since 1970. `close_after` and `degrade_after` are the policy's
    `stale` (seconds), `opens_when_full` is `journal.when_full = "open"`.
    `lines_read_every` is how often (seconds) a lane reads its lines besides their edges: a world may do so
    more rarely than the product.
    """

    begin: float = 1_800_000_000.0
    close_after: float | None = None
    degrade_after: float = 7 * DAY
    opens_when_full: bool = False
    lines_read_every: float = 0.1


class Checker(Protocol):
    """One promise. `reactions` says which observations it hears, and what it does with each."""

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]: ...


@runtime_checkable
class Objecting(Checker, Protocol):
    """One that finds something itself, and says so by its name."""

    name: str


class Reminders:
    """What is to be looked at later: a call for each time, made before anything that was seen after it."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Callable[[float], Iterable[Violation]]]] = []
        self._number = count()

    def at(self, when: float, look: Callable[[float], Iterable[Violation]]) -> None:
        heapq.heappush(self._calls, (when, next(self._number), look))

    def due_before(self, now: float) -> Iterator[Violation]:
        """Look at all that is due before `now`: what happens at the very time still counts."""
        while self._calls and self._calls[0][0] < now:
            when, _, look = heapq.heappop(self._calls)
            yield from look(when)


class Watch:
    """Several checkers over one world: each observation goes to those that hear its type, in their order."""

    def __init__(self, checkers: Iterable[Checker], reminders: Reminders) -> None:
        self._reminders = reminders
        self._hear: dict[type[Seen], list[Reaction]] = {}
        self.names: list[str] = []
        """Those that may object."""
        for checker in checkers:
            self.names += [checker.name] if isinstance(checker, Objecting) else []
            for kind, reaction in checker.reactions.items():
                self._hear.setdefault(kind, []).append(reaction)

    def observe(self, observation: Observation) -> list[Violation]:
        found = [*self._reminders.due_before(observation.at)]
        for reaction in self._hear.get(type(observation), ()):
            found.extend(reaction(observation))
        return found


def what(observation: OfEvent) -> Event | UnknownEvent | None:
    """What an event says; None where its body cannot be read, as after noise on the card."""
    return _read(observation.kind, observation.body)


@lru_cache(maxsize=1024)
def _read(kind: str, body: bytes) -> Event | UnknownEvent | None:
    try:
        return read_event(kind, body)
    except Undecodable:
        return None
