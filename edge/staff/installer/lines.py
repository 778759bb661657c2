"""Publishes the lane's lines while an installer watches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from edge.boards.format import InputName, OutputName
from edge.lane.configuration import PinKind
from edge.lane.machine import TRIED, busy_with
from edge.ports import Clock
from edge.staff.installer.hardware import Hardware
from edge.staff.installer.readings import Readings
from edge.staff.ports import StaffedLane
from edge.staff.protocol import Refused
from edge.staff.protocol.installing import InputLine, LinesView, OutputLine
from edge.staff.protocol.watching import Topic
from edge.staff.sessions import Session
from edge.staff.views.published import Published
from edge.support.due import NEVER

EVERY: Final = 0.2
"""Seconds between two looks: an impulse of a relay lasts half a second."""
_NEARLY: Final = timedelta(seconds=1.0)
WATCHED_FOR: Final = 5.0
"""Seconds for which a watch counts; somebody who still looks watches again."""


@dataclass(frozen=True)
class _Line:
    """A line as it was published last."""

    active: bool
    since: datetime
    changes: int = 0


class LiveLines:
    """The lines of the lane, for those who watch; `poll` is a task's."""

    def __init__(
        self,
        hardware: Hardware,
        lane: StaffedLane,
        clock: Clock,
        published: Published,
        readings: Readings,
    ) -> None:
        self._hardware = hardware
        self._lane = lane
        self._clock = clock
        self._published = published
        self._readings = readings
        self._until = float("-inf")
        self._inputs: dict[InputName, _Line] = {}
        self._outputs: dict[OutputName, _Line] = {}
        self._wake: Callable[[], None] = lambda: None

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake

    def watched(self, _topic: Topic, _by: Session) -> Refused | None:
        """Somebody watches: publish for a while. From any thread."""
        now = self._clock.monotonic()
        begins, self._until = now >= self._until, now + WATCHED_FOR
        if begins:
            self._wake()
        return None

    def poll(self) -> float:
        """Publish what changed; returns when to look again."""
        now = self._clock.monotonic()
        if now >= self._until:
            return NEVER
        self._published.publish(Topic.INSTALLER, self._view(now))
        return now + EVERY

    # --- inside ----------------------------------------------------------------------------

    def _view(self, now: float) -> LinesView:
        hardware, state, wall = self._hardware, self._lane.state, self._clock.wall().at
        for name, contact in hardware.inputs().items():
            since = _moment(wall - timedelta(seconds=now - contact.since))
            self._inputs[name] = _next(self._inputs.get(name), contact.settled, since)
        for output in hardware.board.outputs:
            held, active = self._outputs.get(output), output in state.driven
            if held is None or held.active is not active:
                self._outputs[output] = _next(held, active, _moment(wall))
        return LinesView(
            inputs=tuple(
                InputLine(name, hardware.board.inputs[name].pin, line.active, line.since, line.changes)
                for name, line in self._inputs.items()
            ),
            outputs=tuple(
                OutputLine(
                    name,
                    hardware.board.outputs[name].pin,
                    line.active,
                    line.since,
                    line.changes,
                    tried=name in TRIED or name is OutputName.RELAY_OPEN,
                )
                for name, line in self._outputs.items()
            ),
            phase=state.phase.value,
            busy=busy_with(state, now),
            simulated=hardware.configuration.lane.pins is PinKind.SIMULATED,
            thermometer=hardware.thermometer(),
            readings=self._readings.newest,
        )


def _next(before: _Line | None, active: bool, since: datetime) -> _Line:
    """The line, which has had its level `since` then; what is nearly the time of before is that time."""
    if before is None:
        return _Line(active, since)
    if before.active is active and abs(since - before.since) < _NEARLY:
        return before
    return replace(before, active=active, since=since, changes=before.changes + 1)


def _moment(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 100_000 * 100_000)
