"""What the tab Gate shows of a gate, as values: the lane, and the last events, in which nobody is named."""

from __future__ import annotations

from datetime import datetime

import msgspec

from edge.decision import Outcome
from edge.staff.protocol.now import LaneFact

Scalar = str | int | float | bool


class LogLine(msgspec.Struct, frozen=True):
    """One event: its kind, and of its fields those that a line can show. Of a decision the `outcome` and the
    `reason` (a code).
    """

    kind: str
    at: datetime
    outcome: Outcome | None = None
    reason: str = ""
    said: dict[str, Scalar] = {}


class GateView(msgspec.Struct, frozen=True):
    """The lane, what is `active` of its inputs, its `fault` (a code; empty: none), how often it opened since
    the gate started and when last; and the last events, the newest first. `at` and `monotonic` are the gate's
    two clocks at one moment.
    """

    at: datetime
    monotonic: float
    time_zone: str
    lane: LaneFact
    active: tuple[str, ...] = ()
    fault: str = ""
    openings: int = 0
    opened: datetime | None = None
    lines: tuple[LogLine, ...] = ()
