"""Who wants to get out gets out, and a dead process holds nothing open: by the wires alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.boards.format import InputName, OutputName
from tests.simulation.checkers.checker import Reaction, Reminders, Rules
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import ProcessBegan, ProcessEnded, Seen, Violation, Wire
from tests.simulation.plan import Fault

OPENS_WITHIN = 1.0
"""Seconds from the button or the fire panel to the relay (docs/safety.md, what an installer tests)."""
STARTS_WITHIN = 5.0
"""Seconds after a start by which the lane lives: it is the first that is started (`run_gate`)."""
ALWAYS_HEARD = 0.4
"""Seconds. What lasts longer is always processed (EN 60839-11-1); a shorter one may be a spike."""
STUCK_AFTER = 60.0
"""Seconds (`stuck_time`) after which a button counts as stuck: a restart does not press it again."""
OUTPUTS_OFF_WITHIN = 1.0
"""Seconds from the end of the process until its lines are inactive: the kernel gives them back, and systemd
runs `gatepost lane rest`.
"""
_EDGELESS = frozenset({Fault.EDGE_LOST})
_BUTTONS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})
_LETS_GO = _BUTTONS | {InputName.FIRE}
_RELAYS = frozenset({OutputName.RELAY_OPEN, OutputName.RELAY_CLOSE, OutputName.RELAY_STOP})


class SafetyOutranks:
    """Fire and buttons open within their time while the gate's process lives; a relay does not stay on after
    the process.
    """

    name = "safety_outranks"

    def __init__(self, rules: Rules, reminders: Reminders, weather: Weather) -> None:
        self._rules = rules
        self._reminders = reminders
        self._weather = weather
        self._active: dict[tuple[str, str], float] = {}
        """Since when each line is active."""
        self._opened_at: dict[str, float] = {}
        """When the opening relay was last on; infinite while it is."""

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Wire: self._wire, ProcessBegan: self._began, ProcessEnded: self._ended}

    def _wire(self, seen: Wire) -> Iterable[Violation]:
        line = seen.device, seen.line
        before = self._active.get(line)
        if seen.active and before is None:
            self._active[line] = seen.at
        elif not seen.active:
            self._active.pop(line, None)
        if seen.output:
            if seen.line == OutputName.RELAY_OPEN:
                self._relay(seen)
        elif seen.active and before is None and seen.line in _LETS_GO:
            self._await_opening(*line, since=seen.at, mark=seen.at)
        return ()

    def _relay(self, seen: Wire) -> None:
        self._opened_at[seen.device] = float("inf") if seen.active else seen.at
        if not seen.active and (seen.device, InputName.FIRE) in self._active:
            self._await_opening(seen.device, InputName.FIRE, since=seen.at, mark=seen.at)

    def _began(self, seen: ProcessBegan) -> Iterable[Violation]:
        if seen.process == "gate":
            for line in sorted(_LETS_GO):
                since = self._active.get((seen.device, line))
                stuck = since is not None and line in _BUTTONS and seen.at - since >= STUCK_AFTER
                if since is not None and not stuck:
                    self._await_opening(seen.device, line, since=since, mark=seen.at)
        return ()

    def _await_opening(self, device: str, line: str, *, since: float, mark: float) -> None:
        """Look, when it has lasted long enough to be heard for certain, whether it still lasts; and then in
        time whether the relay is on, or was since `mark`.
        """
        alive = self._weather.alive_since(device)
        if alive is None:
            return
        edgeless = self._weather.quiet_since(device, _EDGELESS) is None
        unread = self._rules.lines_read_every if edgeless else 0.0

        def still(_: float) -> Iterable[Violation]:
            if self._active.get((device, line), float("inf")) <= since:
                self._reminders.at(max(mark, alive + STARTS_WITHIN) + unread + OPENS_WITHIN, look)
            return ()

        def look(now: float) -> Iterable[Violation]:
            opened = self._opened_at.get(device, float("-inf")) > mark
            if not opened and self._weather.alive_since(device) == alive:
                yield Violation(self.name, now, f"{device}: {line} is active since {since:.3f}, not opened")

        self._reminders.at(max(mark, since + max(ALWAYS_HEARD, 2.0 * unread)), still)

    def _ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        if seen.process == "gate":
            self._reminders.at(seen.at + OUTPUTS_OFF_WITHIN, lambda now: self._still_on(seen.device, now))
        return ()

    def _still_on(self, device: str, now: float) -> Iterable[Violation]:
        if self._weather.alive_since(device) is None:
            for line in sorted(_RELAYS):
                if (device, line) in self._active:
                    yield Violation(
                        self.name, now, f"{device}: {line} is on, and the gate's process has ended"
                    )
