"""How an enrolment stands, or why it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.enrolling import EnrolmentSession, Person
from edge.staff.enrolment.requests import RequestRecord


@dataclass(frozen=True)
class Ended:
    """Why an enrolment ended, and whose it was."""

    why: str
    person: Person | None = None


@dataclass(frozen=True)
class UnderWay:
    """The enrolment that goes on, whose session it belongs to, and what came of it."""

    owner: bytes
    registrar: str
    session: EnrolmentSession
    signed_at: datetime | None = None
    record: RequestRecord | None = None
