"""What other rules would have decided, counted: how many of each outcome became which, where and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import msgspec

from edge.decision import Crowding, Decision, OccupancyRule, Outcome, Situation

EXAMPLES = 5
"""How many decisions each group names."""
_MOST_GROUPS = 50
_MOST_GATES = 3


class ReplayDoubt(StrEnum):
    """Why a decision was not made again, or is not as sure as the others."""

    VERSION = "version"  # the rules of its moment are not kept: not made again
    RECORD = "record"  # the person's record is not kept: not made again
    UNREADABLE = "unreadable"  # the event cannot be read: not made again
    CIRCUMSTANCES = "circumstances"  # an older event: taken to be usual
    LINK = "link"  # the gate had no link then: its registry was old


class Example(msgspec.Struct, frozen=True):
    """One decision of a group, by its place in a journal; `at` in microseconds since 1970 UTC."""

    device: str
    epoch: str
    sequence: int
    at: int


class Group(msgspec.Struct, frozen=True):
    """Decisions that differ in the same way; `at_gates` are those with most of them, `doubtful` how many of
    them are not sure.
    """

    then: Outcome
    now: Outcome
    reason_then: str
    reason_now: str
    rule_now: str
    times: int
    doubtful: int
    at_gates: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]


class ReferredDay(msgspec.Struct, frozen=True):
    """How many were referred on a day (ISO 8601, of the site): then, and by the other rules."""

    day: str
    then: int
    now: int


class WhatIf(msgspec.Struct, frozen=True):
    """What other rules would have changed. `matrix` counts by outcome then and outcome now.

    `turned_away` is how many people who were let in would not have been (each once), `doubts` how many
    decisions each doubt concerns, `gates` how many gates the site has and `complete` of how many the journal
    is whole. `judged` names what gates had judged before any rule of these was asked, and would judge anew.
    """

    site: str
    since: int
    until: int
    total: int
    matrix: dict[Outcome, dict[Outcome, int]]
    groups: tuple[Group, ...]
    days: tuple[ReferredDay, ...]
    turned_away: int
    doubts: dict[ReplayDoubt, int]
    gates: int
    complete: int
    judged: tuple[str, ...] = ()

    @property
    def differ(self) -> int:
        """How many decisions would be another."""
        return sum(
            count for then, row in self.matrix.items() for now, count in row.items() if then is not now
        )


@dataclass(frozen=True)
class ReplayedDecision:
    """A decision that was made again: `then` as the gate wrote it, `now` by the other rules."""

    then: Decision
    now: Decision
    gate: str
    day: date
    example: Example
    doubts: frozenset[ReplayDoubt] = frozenset()


_Key = tuple[Outcome, Outcome, str, str, str]


@dataclass
class _Group:
    times: int = 0
    doubtful: int = 0
    gates: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


@dataclass
class ReplayTally:
    """Counts decisions that were made again, in memory that does not grow with them: with people and days."""

    total: int = 0
    matrix: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    groups: dict[_Key, _Group] = field(default_factory=dict)
    referred: dict[date, list[int]] = field(default_factory=dict)
    turned_away: set[str] = field(default_factory=set)
    doubts: Counter[ReplayDoubt] = field(default_factory=Counter)

    def skip(self, doubt: ReplayDoubt) -> None:
        """Count one that could not be made again."""
        self.total += 1
        self.doubts[doubt] += 1

    def add(self, seen: ReplayedDecision) -> None:
        """Count one that was."""
        then, now = seen.then.outcome, seen.now.outcome
        self.total += 1
        self.matrix[then, now] += 1
        self.doubts.update(seen.doubts)
        if Outcome.REFER in {then, now}:
            day = self.referred.setdefault(seen.day, [0, 0])
            day[0] += then is Outcome.REFER
            day[1] += now is Outcome.REFER
        else:
            self.referred.setdefault(seen.day, [0, 0])
        if then is not now:
            self._differs(seen)

    def _differs(self, seen: ReplayedDecision) -> None:
        then, now = seen.then, seen.now
        if then.outcome is Outcome.GRANT and now.outcome is Outcome.DENY and then.subject_id:
            self.turned_away.add(then.subject_id)
        key = (then.outcome, now.outcome, then.reason.value, now.reason.value, now.rule)
        group = self.groups.setdefault(key, _Group())
        group.times += 1
        group.doubtful += bool(seen.doubts)
        group.gates[seen.gate] += 1
        if len(group.examples) < EXAMPLES:
            group.examples.append(seen.example)

    def result(
        self, site: str, span: tuple[int, int], gates: tuple[int, int], judged: Iterable[str]
    ) -> WhatIf:
        """All that was counted, of `site` in `span`; `gates` are how many it has, and how many are whole."""
        groups = sorted(self.groups.items(), key=lambda item: (-item[1].times, item[0]))[:_MOST_GROUPS]
        return WhatIf(
            site,
            *span,
            self.total,
            {then: {now: self.matrix[then, now] for now in Outcome} for then in Outcome},
            tuple(
                Group(
                    *key,
                    made.times,
                    made.doubtful,
                    tuple(made.gates.most_common(_MOST_GATES)),
                    tuple(made.examples),
                )
                for key, made in groups
            ),
            tuple(ReferredDay(day.isoformat(), *counts) for day, counts in sorted(self.referred.items())),
            len(self.turned_away),
            {doubt: count for doubt, count in self.doubts.items() if count},
            *gates,
            tuple(judged),
        )


def crowding_by(rule: OccupancyRule, situation: Situation) -> Crowding:
    """How full a site was by other limits; as it was written where nobody counted."""
    inside, stop = situation.occupancy, rule.stop
    if stop is None:
        return Crowding.ROOM
    if inside is None:
        return situation.crowding
    held = situation.crowding is Crowding.STOPPED and inside > stop - rule.relief
    return Crowding.STOPPED if inside >= stop or held else Crowding.ROOM
