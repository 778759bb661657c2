"""Finds the gaps of a policy: rules that can never apply, people and gates that no rule covers.

PURE. Nothing here is an error: a site may be half built. `gatepost registry build` prints it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from edge.decision.evidence import Direction
from edge.decision.policy import AccessRule, Day, GatePolicy, Mode, ModePeriod, Period, Policy
from edge.decision.rules.access import VISITORS
from edge.decision.subject import Subject

_MOST_NAMED = 5
_ASKS_NOBODY = {Mode.FREE, Mode.LOCKED}


@dataclass(frozen=True)
class PolicyGap:
    """A gap: where in the policy, what is wrong, and what to do."""

    where: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}; {self.remedy}"


def gaps(policy: Policy, subjects: Iterable[Subject]) -> tuple[PolicyGap, ...]:
    """All gaps, in the order of the policy."""
    members: dict[frozenset[str], list[str]] = defaultdict(list)
    for subject in subjects:
        members[subject.groups].append(subject.id)
    known = frozenset[str]().union(*members)
    return (
        *_schedules(policy),
        *(gap for rule in policy.access for gap in _rule(policy, rule, known)),
        *_exempt(policy, known),
        *_gates(policy),
        *_people(policy, members),
    )


# --- rules -------------------------------------------------------------------------------------


def _rule(policy: Policy, rule: AccessRule, known: frozenset[str]) -> Iterator[PolicyGap]:
    where = f"access {rule.id!r}"
    if rule.groups and not rule.groups & (known | {VISITORS}):
        yield PolicyGap(
            where, f"nobody is in {_named(rule.groups)}", "it applies to nobody until somebody is"
        )
    unknown = rule.gates - policy.gates.keys()
    if unknown:
        what = "it can never apply: " if unknown == rule.gates else ""
        yield PolicyGap(
            where, f"{what}there is no gate {_named(unknown)}", "policy.toml names the site's gates"
        )
    if rule.periods and not any(_comes(period, policy) for period in rule.periods):
        yield PolicyGap(
            where, "it can never apply: it is for holidays, and there are none", "fill in [holidays]"
        )


def _schedules(policy: Policy) -> Iterator[PolicyGap]:
    for name, gate in policy.gates.items():
        for index, item in enumerate(gate.schedule):
            where = f"gates.{name}.schedule[{index}]"
            if not _comes(item.period, policy):
                yield PolicyGap(
                    where, "it can never apply: it is for holidays, and there are none", "see [holidays]"
                )
            elif any(_shadows(earlier, item) for earlier in gate.schedule[:index]):
                yield PolicyGap(where, "it can never apply: one before it always holds", "put it first")


def _comes(period: Period, policy: Policy) -> bool:
    return bool(policy.holidays) or period.days != {Day.HOLIDAY}


def _shadows(earlier: ModePeriod, later: ModePeriod) -> bool:
    whole_day = earlier.period.start == earlier.period.end
    always = whole_day and earlier.period.days == frozenset(Day)
    return always and earlier.direction in {None, later.direction}


def _exempt(policy: Policy, known: frozenset[str]) -> Iterator[PolicyGap]:
    for where, groups in (
        ("occupancy.exempt", policy.occupancy.exempt),
        ("anti_passback.exempt", policy.anti_passback.exempt),
    ):
        nobody = groups - known
        if nobody:
            yield PolicyGap(where, f"nobody is in {_named(nobody)}", "check the spelling")


# --- whom no rule covers -----------------------------------------------------------------------


def _gates(policy: Policy) -> Iterator[PolicyGap]:
    for name, gate in policy.gates.items():
        if _asks(gate) and not any(not rule.gates or name in rule.gates for rule in policy.access):
            yield PolicyGap(
                f"gates.{name}", "no access rule covers it: it refuses everybody", "add one to [[access]]"
            )


def _asks(gate: GatePolicy) -> bool:
    return not {gate.mode, *(item.mode for item in gate.schedule)} <= _ASKS_NOBODY


def _people(policy: Policy, members: dict[frozenset[str], list[str]]) -> Iterator[PolicyGap]:
    for groups, ids in sorted(members.items(), key=lambda item: sorted(item[0])):
        who = f"{len(ids)} in {_named(groups)}" if groups else f"{len(ids)} in no group"
        where = f"{who} ({_named(ids)})"
        ways = {way for way in Direction if any(_covers(rule, groups, way, policy) for rule in policy.access)}
        if not ways:
            yield PolicyGap(
                where, "no access rule covers them: every gate refuses them", "add one to [[access]]"
            )
        elif ways == {Direction.ENTRY}:
            yield PolicyGap(where, "a rule covers their entry and none their exit", "leave out its direction")
        elif ways == {Direction.EXIT}:
            yield PolicyGap(where, "a rule covers their exit and none their entry", "leave out its direction")


def _covers(rule: AccessRule, groups: frozenset[str], way: Direction, policy: Policy) -> bool:
    return (
        (not rule.groups or bool(rule.groups & groups))
        and rule.direction in {None, way}
        and (not rule.gates or bool(rule.gates & policy.gates.keys()))
    )


def _named(names: Collection[str]) -> str:
    """Some of the names, and how many more there are."""
    shown = ", ".join(sorted(names)[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
