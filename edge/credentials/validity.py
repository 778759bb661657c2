"""Whether the clock lies within the time for which something signed is valid."""

from __future__ import annotations

from datetime import datetime

from edge.decision import ClockTrust, PassVerdict, WallTime


def judge_window(
    valid_from: datetime | None, valid_until: datetime | None, wall: WallTime
) -> tuple[PassVerdict, str]:
    """Whether the clock is within the window: start inclusive, end exclusive (RFC 8392, 3.1.4 and 3.1.5)."""
    if valid_from is None and valid_until is None:
        return PassVerdict.GENUINE, ""
    if wall.trust is ClockTrust.UNTRUSTED:
        return PassVerdict.CLOCK_UNSURE, "the pass has a validity, and the clock is untrusted"
    if valid_from is not None and wall.at < valid_from:
        return PassVerdict.NOT_YET_VALID, f"valid from {valid_from.isoformat()}"
    if valid_until is not None and wall.at >= valid_until:
        return PassVerdict.EXPIRED, f"valid until {valid_until.isoformat()}"
    return PassVerdict.GENUINE, ""
