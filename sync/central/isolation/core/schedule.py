"""When somebody in isolation is to be visited: a rule, and the visits that it asks for of an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from edge.support.phrases import Phrase, phrase
from sync.central.units import DAY, HOUR

MOST_DAYS, MOST_HOURS = 30, 72
_MOST_VISITS = 400
"""Of an order that nobody ends, no more are asked for."""


class Occasion(StrEnum):
    """Why a visit is due."""

    BEGIN = "begin"
    REGULAR = "regular"
    END = "end"


@dataclass(frozen=True)
class VisitRule:
    """When people in isolation are visited: at the begin, every so many days (0: not between), at the end;
    each visit is due `within` hours of its opening.
    """

    at_begin: bool = True
    every: int = 3
    at_end: bool = True
    within: int = 24

    def fault(self) -> Phrase | None:
        """Why such a rule cannot be; None where it can."""
        if not 0 <= self.every <= MOST_DAYS:
            return phrase(
                "every %(every)s days: expected 1 to %(most)s, or 0 for none between",
                every=self.every,
                most=MOST_DAYS,
            )
        if not 1 <= self.within <= MOST_HOURS:
            return phrase(
                "within %(within)s hours: expected 1 to %(most)s",
                within=self.within,
                most=MOST_HOURS,
            )
        return None


SHIPPED = VisitRule()
"""What holds where no place says otherwise."""


@dataclass(frozen=True, order=True)
class DueVisit:
    """A visit: somebody may go from `opens_at` on, and has to have been there by `due_at`."""

    opens_at: int
    due_at: int
    occasion: Occasion


def visits_of(since: int, until: int | None, rule: VisitRule) -> list[DueVisit]:
    """The visits of an order from `since` until `until` (microseconds; None: until it is lifted), in order.

    One between is left out where it would fall into the time of the last, or of a next one.
    """
    return sorted(_visits(since, until, rule))


def _visits(since: int, until: int | None, rule: VisitRule) -> Iterator[DueVisit]:
    within = rule.within * HOUR
    is_short = until is not None and until - since <= within  # one visit is enough
    if rule.at_begin and not (is_short and rule.at_end):
        yield DueVisit(since, since + within if until is None else min(since + within, until), Occasion.BEGIN)
    if rule.at_end and until is not None:
        yield DueVisit(max(since, until - within), until, Occasion.END)
    for number in range(1, _MOST_VISITS + 1) if rule.every else ():
        opens = since + number * rule.every * DAY
        if until is not None and opens + within > until - (within if rule.at_end else 0):
            return
        yield DueVisit(opens, opens + within, Occasion.REGULAR)
