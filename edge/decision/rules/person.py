"""Whether the person whom the evidence names may pass now: registry, validity, isolation, temperature, status
(yellow at an exit is here).
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.decision.case import Case, Objection
from edge.decision.evidence import Direction
from edge.decision.policy import Outcome
from edge.decision.reasons import Reason
from edge.decision.subject import is_visitor


def unknown(case: Case) -> Iterator[Objection]:
    """Object to a person who is neither in the registry nor a visitor.

    A visitor pass does not make a visitor of a resident who was taken out of the registry: visitors have ids
    of their own.
    """
    named = case.identified
    if named is None or case.subject is not None:
        return
    if not (case.visitor and is_visitor(named)):
        yield Objection(Outcome.DENY, Reason.SUBJECT_UNKNOWN, "subjects")


def validity(case: Case) -> Iterator[Objection]:
    """Object outside the validity; `clock.validity` handles what an untrusted clock leaves open."""
    subject = case.subject
    if subject is None:
        return
    if subject.valid_from is not None and not case.clock_unsure and case.now < subject.valid_from:
        yield Objection(Outcome.DENY, Reason.SUBJECT_NOT_YET_VALID, "subject.valid_from")
    if subject.valid_until is not None and case.earliest >= subject.valid_until:
        yield Objection(Outcome.DENY, Reason.SUBJECT_EXPIRED, "subject.valid_until")


def isolation(case: Case) -> Iterator[Objection]:
    """Anyone who isolates at home may not leave, unless a declared exception covers this hour.

    With an untrusted clock an order that was not over when the registry was issued is taken to hold, and no
    exception to cover.
    """
    subject = case.subject
    if subject is None or subject.isolation is None or case.evidence.direction is not Direction.EXIT:
        return
    order = subject.isolation
    ordered = order.may_hold_after(case.earliest) if case.clock_unsure else order.holds_at(case.now)
    excepted = not case.clock_unsure and order.exception_at(case.now) is not None
    if ordered and not excepted:
        yield Objection(
            case.policy.isolation_exit, Reason.HOME_ISOLATION, "isolation_exit", subject.status, alarm=True
        )


def status_rule(case: Case) -> Iterator[Objection]:
    """What the policy says of this status on this way: of a yellow code at an exit `statuses.yellow.exit`. A
    status that it does not name is denied.
    """
    subject, status = case.subject, case.status
    if subject is None or status is None:
        return
    rule = case.policy.statuses.get(status)
    entry = case.evidence.direction is Direction.ENTRY
    if rule is None:
        outcome, key = Outcome.DENY, "statuses"
    else:
        outcome, key = (
            (rule.entry, f"statuses.{status}.entry") if entry else (rule.exit, f"statuses.{status}.exit")
        )
    yield Objection(outcome, Reason(f"status_{status}"), key, subject.status)


def temperature(case: Case) -> Iterator[Objection]:
    reading = case.evidence.temperature
    confirmed = None if reading is None else reading.confirmed
    if confirmed is not None and confirmed >= case.policy.temperature.limit:
        yield Objection(case.policy.temperature.above, Reason.TEMPERATURE_HIGH, "temperature.limit")
