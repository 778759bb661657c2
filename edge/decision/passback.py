"""Whether somebody passes the same way a second time, by the site's anti-passback rule."""

from __future__ import annotations

from datetime import timedelta

from edge.decision.evidence import Direction
from edge.decision.policy import AntiPassbackRule, PassbackKind
from edge.decision.situation import ClockTrust, LastPassage, WallTime


def passed_back(
    rule: AntiPassbackRule, last: LastPassage | None, direction: Direction, wall: WallTime
) -> bool:
    """Whether passing in `direction` now goes against `rule`, after the person's `last` passage.

    Without a clock that can be believed, then and now, no time has passed that one could name: a hard
    rule still holds, a timed one says nothing, and nothing is forgiven.
    """
    if rule.kind is PassbackKind.OFF or last is None or last.direction is not direction:
        return False
    unsure = ClockTrust.UNTRUSTED in {last.trust, wall.trust}
    age = None if unsure or wall.at < last.at else wall.at - last.at
    if rule.kind is PassbackKind.TIMED:
        return age is not None and age < timedelta(minutes=rule.minutes)
    if age is None or rule.forgive_after is None:
        return True
    return age < timedelta(seconds=rule.forgive_after)
