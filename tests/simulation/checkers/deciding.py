"""A gate that lives never stops deciding: who shows something is told something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.simulation.checkers.checker import Reaction, Reminders
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import Came, Left, Seen, Told, Violation
from tests.simulation.plan import Fault, How

TOLD_WITHIN = 10.0
"""Seconds from the first sight of somebody to a word: a face that a pass must confirm is waited for for a few
seconds (`encounter`), a thermometer for a few more (`wait_for`), a prompt is a word.
"""
STARTS_WITHIN = 10.0
"""Seconds after its start by which a gate decides."""
WALKS_ON_FOR = 20.0
"""Seconds after somebody was told something in which the same person need not be told anything: a grant is
one person's, who has 10 s to walk on, and 2 s out of view make them new (`edge.encounter.presence`). Whoever
shows the pass that another has just shown is the same to a gate, as far as it sees no face.
"""
_SHOWS_NOTHING = frozenset({How.TAILGATE, How.EXIT_BUTTON})
UNREAD = frozenset({Fault.READERS_UNPLUGGED, Fault.SCANNER_JUNK, Fault.CODES_FLOOD})
"""What keeps a scanner's code from coming whole, or makes it be passed over."""
_UNSEEN = UNREAD | {Fault.CAMERA_GONE}
"""What keeps a gate from seeing anybody, or makes it read codes more rarely."""


class NeverStopsDeciding:
    """Whoever comes to a gate that lives and shows something is told something, while they stand there."""

    name = "never_stops_deciding"

    def __init__(self, reminders: Reminders, weather: Weather) -> None:
        self._reminders = reminders
        self._weather = weather
        self._told: dict[str, float] = {}
        self._met: dict[tuple[str, str], float] = {}
        self._there: dict[tuple[str, int], Came] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Came: self._came, Told: self._say, Left: self._left}

    def _say(self, seen: Told) -> Iterable[Violation]:
        self._told[seen.device] = seen.at
        return ()

    def _came(self, seen: Came) -> Iterable[Violation]:
        self._there[seen.device, seen.visit] = seen
        met = max(self._met.get((seen.device, known_by), float("-inf")) for known_by in _known_by(seen))
        if seen.how not in _SHOWS_NOTHING and seen.at > met + WALKS_ON_FOR:
            self._await(seen, seen.at + TOLD_WITHIN)
        return ()

    def _left(self, seen: Left) -> Iterable[Violation]:
        came = self._there.pop((seen.device, seen.visit), None)
        for known_by in () if came is None else _known_by(came):
            self._met[seen.device, known_by] = seen.at
        return ()

    def _await(self, came: Came, when: float) -> None:
        self._reminders.at(when, lambda now: self._look(came, now))

    def _look(self, came: Came, now: float) -> Iterable[Violation]:
        """Whether they were told; if the gate could not see or live meanwhile, look again when it could."""
        device = came.device
        if (device, came.visit) not in self._there or self._told.get(device, -1.0) >= came.at:
            return
        alive, sees = self._weather.alive_since(device), self._weather.quiet_since(device, _UNSEEN)
        could = None if alive is None or sees is None else max(alive + STARTS_WITHIN, sees, came.at)
        if could is None or could + TOLD_WITHIN > now:
            self._await(came, now + TOLD_WITHIN)
            return
        yield Violation(
            self.name, now, f"{device}: {came.person} ({came.how}) was told nothing since {came.at:.1f}"
        )


def _known_by(came: Came) -> tuple[str, ...]:
    """By what a gate may know somebody again."""
    return (came.person, came.pass_id) if came.pass_id else (came.person,)
