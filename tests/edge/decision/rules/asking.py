"""A rule asked by itself: its objections to one case, as (outcome, reason, rule)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from edge.decision import ClockTrust, Evidence, Outcome, Policy, Reason, Situation, Subject
from edge.decision.case import Case, Objection, case_of

Rule = Callable[[Case], Iterator[Objection]]
Said = list[tuple[Outcome, Reason, str]]


def objections(
    rule: Rule, policy: Policy, subject: Subject | None, evidence: Evidence, situation: Situation
) -> Said:
    """What `rule` objects to."""
    return [
        (found.outcome, found.reason, found.rule)
        for found in rule(case_of(policy, subject, evidence, situation))
    ]


def clock(situation: Situation, trust: ClockTrust) -> Situation:
    """`situation` with its clock so far trusted."""
    return replace(situation, wall=replace(situation.wall, trust=trust))
