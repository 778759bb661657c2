"""How full a place is by its limits: a level is reached at once, and ends when `relief` fewer are inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.counting.core import next_level
from edge.decision import Crowding, OccupancyRule
from edge.support.phrases import Phrase, phrase

EVERY_DAY = "1234567"
_DAY = 24 * 60
_MOST_PEOPLE = 10_000_000


@dataclass(frozen=True)
class Limit:
    """From `warn` people on somebody is to look, from `stop` on nobody is to come in; None: no such limit.

    It holds on the `days` of the week (1: Monday) from `begins` to `ends` (minutes after midnight on the
    wall); where the end is not after the begin, until that time on the next day.
    """

    warn: int | None
    stop: int | None
    relief: int = 0
    days: str = EVERY_DAY
    begins: int = 0
    ends: int = _DAY

    def holds_at(self, local: datetime) -> bool:
        """Whether it holds at this time on the wall."""
        minute, today = local.hour * 60 + local.minute, str(local.isoweekday())
        if self.begins < self.ends:
            return today in self.days and self.begins <= minute < self.ends
        yesterday = str(local.isoweekday() - 1 or 7)
        return (today in self.days and minute >= self.begins) or (
            yesterday in self.days and minute < self.ends
        )


def wrong_with(limit: Limit) -> Phrase | None:
    """What no limit can say; empty: nothing."""
    return next(_wrongs(limit), None)


def rule_at(limits: Iterable[Limit], floor: OccupancyRule | None, local: datetime) -> OccupancyRule | None:
    """What holds at this time on the wall: the strictest of the limits that do, and of the policy's (`floor`)
    where there is one: a centre tightens what a policy allows, and never loosens it.
    """
    held = [each for each in limits if each.holds_at(local)]
    warns = [each.warn for each in held] + ([floor.warn] if floor else [])
    stops = [each.stop for each in held] + ([floor.stop] if floor else [])
    warn = min((each for each in warns if each is not None), default=None)
    stop = min((each for each in stops if each is not None), default=None)
    lowest = min((each for each in (warn, stop) if each is not None), default=None)
    if lowest is None:
        return None
    reliefs = [each.relief for each in held] + ([floor.relief] if floor else [])
    return OccupancyRule(warn=warn, stop=stop, relief=min(max(reliefs), lowest))


def certain_level(rule: OccupancyRule, inside: int) -> Crowding | None:
    """The level of so many inside, whatever it was before; None where that decides."""
    levels = {next_level(before, rule, inside) for before in Crowding}
    return levels.pop() if len(levels) == 1 else None


def levels_over(
    points: Sequence[tuple[OccupancyRule | None, int]], level: Crowding = Crowding.ROOM
) -> list[Crowding]:
    """The level after each point in time, of so many inside by the rule that held then."""
    found = []
    for rule, inside in points:
        level = Crowding.ROOM if rule is None else next_level(level, rule, inside)
        found.append(level)
    return found


def _wrongs(limit: Limit) -> Iterator[Phrase]:
    given = [each for each in (limit.warn, limit.stop) if each is not None]
    if not given:
        yield phrase("it has neither warn nor stop: give one of them")
        return
    if min(given) < 1 or max(given) > _MOST_PEOPLE:
        yield phrase("a limit is 1 to %(most)s people, got %(given)s", most=_MOST_PEOPLE, given=given[0])
    if given != sorted(given):
        yield phrase(
            "warn (%(warn)s) is above stop (%(stop)s): it would never be seen",
            warn=limit.warn,
            stop=limit.stop,
        )
    if not 0 <= limit.relief <= min(given):
        yield phrase("relief is 0 to %(most)s, got %(relief)s", most=min(given), relief=limit.relief)
    if not limit.days or set(limit.days) - set(EVERY_DAY) or len(set(limit.days)) < len(limit.days):
        yield phrase(
            "days are some of %(every_day)s (1: Monday), each once, got %(days)r",
            every_day=EVERY_DAY,
            days=limit.days[:16],
        )
    if not (0 <= limit.begins < _DAY and 0 < limit.ends <= _DAY):
        yield phrase("it begins and ends within a day (00:00 to 24:00)")
