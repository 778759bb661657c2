"""Nothing lets a barrier go without a cause: a grant or command on the card, or a line that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.boards.format import InputName, OutputName
from edge.decision import Outcome
from edge.journal.format import AccessDecided, CommandTaken
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Rules, what
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import (
    CardChanged,
    ProcessBegan,
    ProcessEnded,
    Seen,
    Stored,
    Violation,
    Wire,
    identity_of,
)
from tests.simulation.plan import Fault

GRANT_LETS_GO_WITHIN = 25.0
"""Seconds from a stored grant to the relay. At once, or after `interlock_wait` (15 s); and a lock whose door
stood open is released once more when it has shut, `open_time` (5 s) later at most; 5 s for slow clocks.
"""
LINE_LETS_GO_WITHIN = 17.0
"""Seconds from a button, or what lies in the way, to the relay: `interlock_wait` (15 s) and a debounce."""
FIRE_LETS_GO_WITHIN = 12.0
"""Seconds for which a fire's release outlives its input: `fire_quiet` (10 s) and 2 s to be read. Anew at a
start: what was in force when the process ended is in force again (`lane-memory.json`).
"""
_PERSONS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})
_IN_THE_WAY = frozenset({InputName.BEAM_OUTER, InputName.BEAM_INNER, InputName.OBSTACLE, InputName.LEAF})
"""Whatever comes into the way of a barrier that closes opens it again."""
_LETS_IN = frozenset({AccessDecided.kind, CommandTaken.kind})
_COPIES = frozenset({Fault.CARD_RESTORED, Fault.CARD_CLONED})
_NOT_STORED = frozenset({Fault.CARD_FULL, Fault.CARD_READ_ONLY, Fault.CARD_FAILS})


class RelayHasCause:
    """No relay that opens goes on without a journalled grant or command before it, or a safety cause that is
    true on the wires.
    """

    name = "relay_has_cause"

    def __init__(self, rules: Rules, books: Books, weather: Weather) -> None:
        self._rules = rules
        self._books = books
        self._weather = weather
        self._granted: dict[str, float] = {}
        self._lines: dict[tuple[str, str], float] = {}
        """When each input was last active; infinite while it is."""
        self._fire_until: dict[str, float] = {}
        self._ended_in_fire: set[str] = set()
        self._on: set[str] = set()

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Stored: self._stored,
            Wire: self._wire,
            ProcessBegan: self._began,
            ProcessEnded: self._ended,
            CardChanged: self._changed,
        }

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if seen.kind not in _LETS_IN or not self._books.is_news(seen):
            return ()
        match what(seen):
            case AccessDecided(decision=decision) if decision.outcome is Outcome.GRANT:
                self._granted[seen.device] = seen.at
            case CommandTaken(command="open_once"):
                self._granted[seen.device] = seen.at
            case _:
                pass
        return ()

    def _began(self, seen: ProcessBegan) -> Iterable[Violation]:
        if seen.process == "gate" and seen.device in self._ended_in_fire:
            self._ended_in_fire.discard(seen.device)
            fire_until = self._fire_until.get(seen.device, 0.0)
            self._fire_until[seen.device] = max(fire_until, seen.at + FIRE_LETS_GO_WITHIN)
        return ()

    def _ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        if seen.process == "gate" and seen.at <= self._fire_until.get(seen.device, float("-inf")):
            self._ended_in_fire.add(seen.device)
        return ()

    def _changed(self, seen: CardChanged) -> Iterable[Violation]:
        """The lane's memory is the copy's: what burned then is taken to burn, until the line is read."""
        if seen.how in _COPIES and identity_of(seen.device) in self._fire_until:
            self._ended_in_fire.add(seen.device)
        return ()

    def _wire(self, seen: Wire) -> Iterable[Violation]:
        if not seen.output:
            self._lines[seen.device, seen.line] = float("inf") if seen.active else seen.at
            if seen.line == InputName.FIRE:
                self._fire_until[seen.device] = self._lines[seen.device, seen.line] + FIRE_LETS_GO_WITHIN
        elif seen.line == OutputName.RELAY_OPEN and seen.active is not (seen.device in self._on):
            self._on ^= {seen.device}
            if seen.active and not self._has_cause(seen.device, seen.at):
                granted = self._granted.get(seen.device)
                last = "none" if granted is None else f"one {seen.at - granted:.3f} s ago"
                yield Violation(
                    self.name, seen.at, f"{seen.device} opened: stored grants {last}, no line calls for it"
                )

    def _has_cause(self, device: str, at: float) -> bool:
        return (
            at - self._granted.get(device, float("-inf")) <= GRANT_LETS_GO_WITHIN
            or any(
                at - self._lines.get((device, line), float("-inf")) <= LINE_LETS_GO_WITHIN
                for line in _PERSONS | _IN_THE_WAY
            )
            or at <= self._fire_until.get(device, float("-inf"))
            or (self._rules.opens_when_full and self._weather.quiet_since(device, _NOT_STORED) is None)
        )
