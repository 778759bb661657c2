"""Objections of the gate itself: no registry, no policy, locked, a lockdown, an old registry, its staff."""

from __future__ import annotations

from collections.abc import Iterator

from edge.decision.case import Case, Objection
from edge.decision.evidence import Direction
from edge.decision.policy import Mode, Outcome
from edge.decision.reasons import Reason


def registry_missing(case: Case) -> Iterator[Objection]:
    if case.situation.registry_age is None:
        yield Objection(Outcome.DENY, Reason.REGISTRY_MISSING, "registry")


def policy_missing(case: Case) -> Iterator[Objection]:
    gate = case.situation.gate
    if gate not in case.policy.gates:
        yield Objection(Outcome.DENY, Reason.POLICY_MISSING, f"gates.{gate}")


def locked(case: Case) -> Iterator[Objection]:
    if case.mode is Mode.LOCKED:
        yield Objection(Outcome.DENY, Reason.GATE_LOCKED, case.mode_rule)


def locked_down(case: Case) -> Iterator[Objection]:
    """Object to entries in a lockdown, which the lane would refuse; exits stay free."""
    if case.situation.locked_down and case.evidence.direction is Direction.ENTRY:
        yield Objection(Outcome.DENY, Reason.LOCKED_DOWN, "lockdown")


def registry_too_old(case: Case) -> Iterator[Objection]:
    """Object to an old registry; an age that an untrusted clock cannot tell counts as beyond the limit."""
    limit, age = case.policy.age_limit(), case.situation.registry_age
    if limit is None or age is None or not (case.clock_unsure or age > limit):
        return
    reason = Reason.CLOCK_UNTRUSTED if case.clock_unsure else Reason.REGISTRY_STALE
    yield Objection(case.policy.stale.closed, reason, "stale.close_after", alarm=True)


def staffed(case: Case) -> Iterator[Objection]:
    if case.mode is Mode.STAFFED:
        yield Objection(Outcome.REFER, Reason.STAFF_DECIDES, case.mode_rule)
