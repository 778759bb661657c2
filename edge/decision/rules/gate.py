"""What the gate itself objects to: locked, an old registry, a clock that is wrong, its staff."""

from __future__ import annotations

from collections.abc import Iterator

from edge.decision.case import Case, Objection
from edge.decision.policy import Mode, Outcome
from edge.decision.reasons import Reason


def locked(case: Case) -> Iterator[Objection]:
    if case.mode is Mode.LOCKED:
        yield Objection(Outcome.DENY, Reason.GATE_LOCKED, case.mode_rule)


def registry_too_old(case: Case) -> Iterator[Objection]:
    limit, age = case.policy.age_limit(), case.situation.registry_age
    if limit is not None and age is not None and not case.clock_unsure and age > limit:
        yield Objection(case.policy.stale.closed, Reason.REGISTRY_STALE, "stale.close_after", alarm=True)


def clock_unsure(case: Case) -> Iterator[Objection]:
    """What depends on the time cannot be judged by a clock that is wrong; the rest goes on."""
    if not case.clock_unsure:
        return
    outcome, subject = case.policy.untrusted_clock, case.subject
    if any(item.direction in {None, case.evidence.direction} for item in case.gate.schedule):
        yield Objection(outcome, Reason.CLOCK_UNTRUSTED, f"gates.{case.situation.gate}.schedule")
    if subject is not None and (
        subject.valid_from is not None
        or subject.valid_until is not None
        or (subject.status is not None and subject.status.until is not None)
    ):
        yield Objection(outcome, Reason.CLOCK_UNTRUSTED, "untrusted_clock", subject.status)


def staffed(case: Case) -> Iterator[Objection]:
    if case.mode is Mode.STAFFED:
        yield Objection(Outcome.REFER, Reason.STAFF_DECIDES, case.mode_rule)
