"""Which rule of retention holds where, and what is too old by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.central.units import DAY

FEWEST_DAYS = 31
MOST_DAYS = 36_500


class Kept(StrEnum):
    """What is kept for a time."""

    ACCESSES = "accesses"
    EVIDENCE = "evidence"  # the gates' events, once they are in files: what a decision rested on
    ALARMS = "alarms"
    TASKS = "tasks"  # what workers were sent for, once that is over
    ISOLATIONS = "isolations"  # exits of people in isolation, and home visits
    TEMPERATURES = "temperatures"


@dataclass(frozen=True)
class RetentionRule:
    """What is older than `days` is deleted within `place`; None: everywhere."""

    kind: Kept
    place: int | None
    days: int

    def cut(self, now: int) -> int:
        """What is before this day's beginning is too old."""
        return (now - self.days * DAY) // DAY * DAY


def rule_for(rules: Iterable[RetentionRule], kind: Kept, above: Sequence[int]) -> RetentionRule | None:
    """The rule for a site within the places `above`, the nearest first: that wins. None: kept for ever."""
    of_place: Mapping[int | None, RetentionRule] = {rule.place: rule for rule in rules if rule.kind is kind}
    return next((of_place[place] for place in (*above, None) if place in of_place), None)
