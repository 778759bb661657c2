"""When no fault is left, everything meets: the link, the registry and the events, each within its bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Reminders
from tests.simulation.checkers.known import Known
from tests.simulation.checkers.rights import REVOKED_WITHIN
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import (
    CLONE,
    RAISED,
    STARVED,
    Calm,
    Linked,
    Over,
    ProcessEnded,
    Seen,
    Violation,
)

LINKED_WITHIN = 420.0
"""Seconds until a gate is linked again. A pause after a second process had its identity is 300 s at most
(`LONGEST_AFTER_TAKEOVER`), `longest_pause` is 60 s otherwise; then the handshake, 10 s, and hellos.
"""
CONVERGED_WITHIN = 900.0
"""Seconds until registry and events are where they belong: to be linked, 420 s; a link that nobody answers on
ends after 90 s; a batch is sent again after 60 s, a hello is said after 300 s.
"""
MOST_SAID = 5
"""Events that one violation each is said of; the others are counted."""


class NothingStarves:
    """No sync process is ended by its watchdog: whatever is away, for however long, is a reason to wait. And
    no process ends of an error that it did not foresee, whatever its card, its clock or the network do.
    """

    name = "nothing_starves"

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {ProcessEnded: self._ended}

    def _ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        if seen.how.startswith((STARVED, RAISED)):
            yield Violation(self.name, seen.at, f"{seen.device}: its {seen.process} process was {seen.how}")


class Convergence:
    """In calm weather each gate is linked and stays so, holds the newest registry, and has nothing that
    central lacks.
    """

    name = "convergence"

    def __init__(self, reminders: Reminders, known: Known, books: Books, weather: Weather) -> None:
        self._reminders = reminders
        self._known = known
        self._books = books
        self._weather = weather

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Calm: self._calm, Linked: self._linked, Over: self._over}

    def _calm(self, seen: Calm) -> Iterable[Violation]:
        self._reminders.at(seen.at + LINKED_WITHIN, self._all_linked)
        self._reminders.at(seen.at + CONVERGED_WITHIN, self._converged)
        return ()

    def _gates(self) -> list[str]:
        return sorted(device for device in self._weather.devices if CLONE not in device)

    def _all_linked(self, now: float) -> Iterable[Violation]:
        for device in self._gates():
            if self._weather.linked_since(device) is None:
                yield Violation(
                    self.name, now, f"{device} is not linked, {LINKED_WITHIN:.0f} s after the last fault"
                )

    def _linked(self, seen: Linked) -> Iterable[Violation]:
        calm = self._weather.calm_since
        if not seen.linked and calm is not None and seen.at > calm + LINKED_WITHIN:
            yield Violation(self.name, seen.at, f"{seen.device} lost its link in calm weather")

    def _converged(self, now: float) -> Iterable[Violation]:
        yield from self._registries(now)
        yield from self._events(now)

    def _registries(self, now: float) -> Iterable[Violation]:
        newest = self._known.published[-1] if self._known.published else None
        if newest is None or newest.at + REVOKED_WITHIN > now:
            return
        for device in self._gates():
            held = self._known.told.get(device)
            if held is not None and held.version < newest.version:
                text = f"{device} holds version {held.version}, not {newest.version}"
                yield Violation(self.name, now, f"{text}, published at {newest.at:.0f}")

    def _events(self, now: float) -> Iterable[Violation]:
        owed = [*self._books.owed(now, CONVERGED_WITHIN)]
        for event in owed[:MOST_SAID]:
            text = f"{event.device}, epoch {event.epoch.hex()[:8]}: {event.kind}, sequence {event.sequence}, "
            more = f"and {len(owed) - 1} more " if len(owed) > 1 else ""
            yield Violation(
                self.name, now, f"{text}{more}not at central {now - event.at:.0f} s after it was stored"
            )

    def _over(self, seen: Over) -> Iterable[Violation]:
        calm = self._weather.calm_since
        if calm is not None and seen.at >= calm + CONVERGED_WITHIN:
            yield from self._converged(seen.at)
