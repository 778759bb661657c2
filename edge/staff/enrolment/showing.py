"""What an enrolment and its requests look like to the console."""

from __future__ import annotations

from datetime import datetime

from edge.enrolling import (
    LONGEST,
    UNDONE_WITHIN,
    Alike,
    AlikeLimits,
    EnrolmentSession,
    EnrolmentStep,
    lack_of,
)
from edge.registry_requests import (
    RequestKind,
)
from edge.runtime.recognition import Holdings
from edge.runtime.withholding import digests_of
from edge.staff.enrolment.requests import RequestRecord
from edge.staff.enrolment.sights import Sights
from edge.staff.enrolment.states import Ended, UnderWay
from edge.staff.protocol.enrolment import AlikeShown, EnrolmentShown, NoEnrolment, RequestShown, RowShown


def shown(
    running: UnderWay, held: Holdings | None, limits: AlikeLimits, now: float, *, sights: Sights
) -> EnrolmentShown:
    """An enrolment at monotonic `now`."""
    session = running.session
    rows = session.rows
    paper = session.paper
    return EnrolmentShown(
        session.step,
        session.person.subject,
        session.person.name,
        session.person.room,
        running.registrar,
        round((session.finished or now) - session.begun, 1),
        round(_left(session, now), 1),
        session.wanted,
        tuple(shot.pose for shot in session.shots),
        tuple(
            RowShown(
                state.row,
                state.known,
                "" if state.lack is None else state.lack.value,
                None if state.figure is None else round(state.figure, 1),
            )
            for state in rows
        ),
        "" if (lack := lack_of(rows)) is None else lack.value,
        bool(sights.picture),
        sights.camera,
        None if session.alike is None else _alike(session.alike, session, held, limits),
        "" if session.choice is None else session.choice.value,
        session.agreement if session.agreement is None else round(session.agreement, 2),
        None if session.tried is None else round(session.tried.score, 2),
        session.can_finish,
        "" if paper is None else paper.wording,
        running.signed_at,
        paper is not None and paper.guardian is not None,
        round(session.held_for, 1),
        None if running.record is None else request_shown(running.record, held),
        tuple(shot for shot, jpeg in enumerate(sights.taken) if jpeg),
        session.can_take,
    )


def none_shown(ended: Ended, busy: str = "") -> NoEnrolment:
    """That none of one's own goes on, and why."""
    person = ended.person
    if person is None:
        return NoEnrolment(ended.why, busy=busy)
    return NoEnrolment(ended.why, person.subject, person.name, busy)


def request_shown(record: RequestRecord, held: Holdings | None) -> RequestShown:
    """A request, with whether what is in force here is as it asked."""
    subject = None if held is None else held.registry.subjects.get(record.subject)
    return RequestShown(
        record.request,
        record.receipt,
        record.kind,
        record.subject,
        record.subject if subject is None or not subject.name else subject.name,
        record.staff,
        record.at,
        record.state,
        record.since,
        record.version,
        record.reason,
        _in_force(record, held),
    )


def _in_force(record: RequestRecord, held: Holdings | None) -> datetime | None:
    """Since when the registry in force here was issued, where it is as was asked."""
    if held is None:
        return None
    now = digests_of(held, record.subject)
    as_asked = {
        RequestKind.ENROL: bool(record.templates) and frozenset(record.templates) <= now,
        RequestKind.WITHDRAW: not now,
        RequestKind.JOIN: False,
    }
    return held.registry.issued if as_asked[record.kind] else None


def _alike(alike: Alike, session: EnrolmentSession, held: Holdings | None, limits: AlikeLimits) -> AlikeShown:
    subject = None if held is None else held.registry.subjects.get(alike.subject)
    name, room = (alike.subject, "") if subject is None else (subject.name or subject.id, subject.address)
    same = bool(room) and room == session.person.room
    return AlikeShown(name, room, same, round(alike.score, 2), round(limits.alike, 2))


def _left(session: EnrolmentSession, now: float) -> float:
    if session.step is EnrolmentStep.DONE:
        return max(0.0, UNDONE_WITHIN - (now - (session.finished or now)))
    return max(0.0, LONGEST - (now - session.begun))
