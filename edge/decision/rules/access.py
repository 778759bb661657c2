"""Whether the site allows this access: group, hours, anti-passback, held entries, a full site."""

from __future__ import annotations

from collections.abc import Iterator

from edge.decision.case import Case, Objection
from edge.decision.evidence import Direction
from edge.decision.passback import passed_back
from edge.decision.policy import AccessRule, Outcome, PassbackKind
from edge.decision.reasons import Reason
from edge.decision.schedule import local_time, period_holds
from edge.decision.situation import Crowding

VISITORS = "visitor"
"""The group of those who come with a visitor pass; access rules name it to let them in."""


def access(case: Case) -> Iterator[Objection]:
    if case.subject is None and not case.visitor:
        return
    groups = case.subject.groups if case.subject is not None else frozenset[str]()
    if case.visitor:
        groups |= {VISITORS}
    rules = [rule for rule in case.policy.access if _covers(rule, groups, case)]
    if not rules:
        yield Objection(Outcome.DENY, Reason.GROUP_NOT_ALLOWED, "access")
    elif not any(_in_hours(rule, case) for rule in rules):
        if case.clock_unsure:
            yield Objection(case.policy.untrusted_clock, Reason.CLOCK_UNTRUSTED, f"access.{rules[0].id}")
        else:
            yield Objection(Outcome.DENY, Reason.OUTSIDE_HOURS, f"access.{rules[0].id}")


def _covers(rule: AccessRule, groups: frozenset[str], case: Case) -> bool:
    anybody = not rule.groups and case.subject is not None
    return (
        (anybody or bool(rule.groups & groups))
        and (not rule.gates or case.situation.gate in rule.gates)
        and rule.direction in {None, case.evidence.direction}
    )


def _in_hours(rule: AccessRule, case: Case) -> bool:
    if not rule.periods:
        return True
    if case.clock_unsure:
        return False
    local = local_time(case.now, case.policy.time_zone)
    return any(period_holds(period, local, case.policy.holidays) for period in rule.periods)


def anti_passback(case: Case) -> Iterator[Objection]:
    """Object to a second access in the same direction; the soft rule only records an event."""
    rule, situation = case.policy.anti_passback, case.situation
    if rule.kind is PassbackKind.SOFT or _exempt(rule.exempt, case):
        return
    if passed_back(rule, situation.last_access, case.evidence.direction, situation.wall):
        entry = case.evidence.direction is Direction.ENTRY
        outcome, key = (rule.entry, "entry") if entry else (rule.exit, "exit")
        yield Objection(outcome, Reason.ANTI_PASSBACK, f"anti_passback.{key}")


def entries_held(case: Case) -> Iterator[Objection]:
    """Object to entries while the centre holds them; exits stay free."""
    rule = case.policy.occupancy
    entry = case.evidence.direction is Direction.ENTRY
    if entry and case.situation.held_until is not None and not _exempt(rule.exempt, case):
        yield Objection(rule.at_stop, Reason.ENTRIES_HELD, "command.hold_entries")


def site_full(case: Case) -> Iterator[Objection]:
    """Object to entries at a full site; exits stay free."""
    rule = case.policy.occupancy
    entry = case.evidence.direction is Direction.ENTRY
    if entry and case.situation.crowding is Crowding.STOPPED and not _exempt(rule.exempt, case):
        yield Objection(rule.at_stop, Reason.SITE_FULL, "occupancy.stop")


def _exempt(groups: frozenset[str], case: Case) -> bool:
    return case.subject is not None and not groups.isdisjoint(case.subject.groups)
