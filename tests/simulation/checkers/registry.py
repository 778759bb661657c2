"""No registry goes back on one card, and a gate says when the one that it holds has expired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.journal.format import RegistryExpired
from tests.simulation.checkers.checker import Reaction, Reminders
from tests.simulation.checkers.known import Known
from tests.simulation.checkers.weather import CARD, CLOCK_RIGHT_WITHIN, Weather
from tests.simulation.observations import CardChanged, InForce, ProcessBegan, Seen, Stored, Violation

EXPIRY_SAID_WITHIN = 120.0
"""Seconds from a registry's end to `registry_expired`: the service is due then, and a right clock may be off
by 60 s.
"""


class RegistryNeverGoesBack:
    """The version in force on one card never falls, and is one that was published. A damaged bundle falls
    back to the one before it (docs/registry.md), and a card that was put back holds what it held then.
    """

    name = "registry_never_goes_back"

    def __init__(self, known: Known) -> None:
        self._known = known
        self._last: dict[str, InForce] = {}
        self._may_fall: set[str] = set()

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {InForce: self._held, CardChanged: self._changed}

    def _held(self, seen: InForce) -> Iterable[Violation]:
        before, published = self._last.get(seen.device), self._known.published
        falls = before is not None and (seen.version < before.version or seen.issued < before.issued)
        if before is not None and falls and seen.device not in self._may_fall:
            text = f"{seen.device}: version {seen.version} after {before.version}"
            yield Violation(
                self.name, seen.at, f"{text}, issued at {seen.issued:.0f} after {before.issued:.0f}"
            )
        if published and seen.version > max(item.version for item in published):
            yield Violation(self.name, seen.at, f"{seen.device}: version {seen.version} was never published")
        self._last[seen.device] = seen
        if before is None or seen.version != before.version:  # else it is what the last process left there
            self._may_fall.discard(seen.device)

    def _changed(self, seen: CardChanged) -> Iterable[Violation]:
        self._may_fall.add(seen.device)
        return ()


class ExpiryIsSaid:
    """A gate whose clock is right writes `registry_expired` when the registry in force has come to its end.
    One whose clock was ever ahead may not believe it any more.
    """

    name = "expiry_is_said"

    def __init__(self, reminders: Reminders, known: Known, weather: Weather) -> None:
        self._reminders = reminders
        self._known = known
        self._weather = weather
        self._said: dict[str, float] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {InForce: self._held, Stored: self._stored, ProcessBegan: self._began}

    def _held(self, seen: InForce) -> Iterable[Violation]:
        self._await(seen.device, seen.at)
        return ()

    def _began(self, seen: ProcessBegan) -> Iterable[Violation]:
        """What has expired while the process was away, it says when it starts."""
        if seen.process == "gate":
            self._await(seen.device, seen.at)
        return ()

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if seen.kind == RegistryExpired.kind:
            self._said[seen.device] = seen.at
        return ()

    def _await(self, device: str, at: float) -> None:
        published, alive = self._known.version_of(device), self._weather.alive_since(device)
        if published is None or alive is None:
            return
        begin = max(published.expires, at)

        def look(now: float) -> Iterable[Violation]:
            lived = self._weather.alive_since(device) == alive and self._known.version_of(device) == published
            right, whole = self._weather.clock_right_since(device), self._weather.quiet_since(device, CARD)
            undisturbed = right is not None and right <= begin and whole is not None and whole <= begin
            said = self._said.get(device, float("-inf")) >= begin - 2 * CLOCK_RIGHT_WITHIN
            if lived and undisturbed and not said and device not in self._weather.ever_ahead:
                yield Violation(self.name, now, f"{device}: version {published.version} has expired, unsaid")

        self._reminders.at(begin + EXPIRY_SAID_WITHIN, look)
