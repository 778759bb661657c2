"""Publishes what the tab Gate shows: hears what is written down in the main loop, and waits nowhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from edge.journal.format import Entry, LaneOpened
from edge.ports import AccessEvent, Noted
from edge.runtime.main_loop import Heard
from edge.staff.ports import GatePorts
from edge.staff.protocol.gate import GateView, LogLine
from edge.staff.views.core import MOST_LINES, lane_fact, line_of

LOOK_EVERY = 0.5
"""Seconds between two looks at the lane."""


class GateLog:
    """Keeps the last events of a gate. Called by the main loop."""

    def __init__(self, gate: GatePorts, publish: Callable[[GateView], None]) -> None:
        self._gate = gate
        self._publish = publish
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._openings = 0
        self._opened: datetime | None = None
        self._last: GateView | None = None
        self._look_at = float("-inf")

    def hear(self, heard: Heard) -> None:
        """Take up what was written down."""
        if isinstance(heard, (AccessEvent, Noted)) and heard.entry is not None:
            self._keep(heard.entry)
            if heard.entry.kind == LaneOpened.kind:
                self._openings += 1
                self._opened = heard.entry.wall.at
            self._look_at = float("-inf")

    def remember(self, entries: Iterable[Entry]) -> None:
        """Take up the journal's end, as it was before this start."""
        for entry in [*entries][-MOST_LINES:]:
            self._keep(entry)

    def poll(self) -> float:
        """Publish what changed, if anything did; returns when to look again."""
        now = self._gate.clock.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            view, last = self._view(now), self._last
            if last is None or replace(view, at=last.at, monotonic=last.monotonic) != last:
                self._last = view
                self._publish(view)
        return self._look_at

    # --- inside ----------------------------------------------------------------------------

    def _keep(self, entry: Entry) -> None:
        line = line_of(entry)
        if line is not None:
            self._lines.appendleft(line)

    def _view(self, now: float) -> GateView:
        state = self._gate.lane.state
        return GateView(
            at=self._gate.clock.wall().at,
            monotonic=now,
            time_zone=self._gate.policy().time_zone,
            lane=lane_fact(state),
            active=tuple(sorted(name.value for name in state.active)),
            fault=state.out_of_order or state.fault,
            openings=self._openings,
            opened=self._opened,
            lines=tuple(self._lines),
        )
