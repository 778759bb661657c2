"""What an untrusted clock leaves open: each becomes the policy's `untrusted_clock`.

What has begun or ended before the registry was issued is known all the same (`Case.earliest`). Hours of
access, passes, isolation, anti-passback and the registry's age are handled by the rules that use them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from edge.decision.case import Case, Objection
from edge.decision.reasons import Reason


def schedule(case: Case) -> Iterator[Objection]:
    """Object where the mode depends on a schedule; an ordered mode does not."""
    if not case.clock_unsure or case.situation.ordered_mode is not None:
        return
    if any(item.direction in {None, case.evidence.direction} for item in case.gate.schedule):
        yield _unsure(case, f"gates.{case.situation.gate}.schedule")


def validity(case: Case) -> Iterator[Objection]:
    subject = case.subject
    if subject is not None and _open(case, subject.valid_from, subject.valid_until):
        yield _unsure(case, "untrusted_clock")


def status(case: Case) -> Iterator[Objection]:
    record = None if case.subject is None else case.subject.status
    if record is not None and _open(case, record.since, record.until):
        yield _unsure(case, "untrusted_clock")


def _open(case: Case, since: datetime | None, until: datetime | None) -> bool:
    """Whether only the time could tell that something holds: it may not have begun, or have ended."""
    begun = since is None or since <= case.earliest
    return case.clock_unsure and (not begun or until is not None)


def _unsure(case: Case, rule: str) -> Objection:
    grounds = None if case.subject is None else case.subject.status
    return Objection(case.policy.untrusted_clock, Reason.CLOCK_UNTRUSTED, rule, grounds)
