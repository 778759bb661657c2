"""The anti-passback rule: whether somebody passes in the same direction a second time."""

from __future__ import annotations

from datetime import timedelta

from edge.decision.evidence import Direction
from edge.decision.policy import AntiPassbackRule, PassbackKind
from edge.decision.situation import ClockTrust, LastAccess, WallTime


def passed_back(
    rule: AntiPassbackRule, last: LastAccess | None, direction: Direction, wall: WallTime
) -> bool:
    """Whether passing in `direction` now goes against `rule`, after the person's `last` passage.

    Without a clock that can be believed, then and now, no time has passed that one could name: a timed rule
    holds as a hard one does, and nothing is forgiven.
    """
    if rule.kind is PassbackKind.OFF or last is None or last.direction is not direction:
        return False
    unsure = ClockTrust.UNTRUSTED in {last.trust, wall.trust}
    age = timedelta(0) if unsure or wall.at < last.at else wall.at - last.at
    if rule.kind is PassbackKind.TIMED:
        return age < timedelta(minutes=rule.minutes)
    return rule.forgive_after is None or age < timedelta(seconds=rule.forgive_after)
