"""Makes what an enrolment or a withdrawal asks of those who keep the registry, everything sealed."""

from __future__ import annotations

import hashlib

from edge.enrolling import EnrolmentSession, Person, seal_paper, sealed_templates
from edge.registry.format import digest_of_sealed
from edge.registry_requests import EnrolmentRequest, RequestKind
from edge.signing.cose import microseconds
from edge.staff.enrolment.ports import EnrolmentPorts
from edge.staff.enrolment.requests import RequestRecord


def request_of(
    session: EnrolmentSession, kind: RequestKind, ports: EnrolmentPorts
) -> tuple[RequestRecord, EnrolmentRequest]:
    """What is asked for by an enrolment."""
    identity = ports.entropy(16)
    vectors = [shot.template for shot in session.shots] if kind is RequestKind.ENROL else []
    templates = sealed_templates(
        vectors,
        session.person,
        ports.engine,
        key=ports.template_key(),
        site=ports.site,
        entropy=ports.entropy,
    )
    paper = session.paper if kind is RequestKind.ENROL else None
    sealed = b""
    if paper is not None:
        sealed = seal_paper(paper, identity, key=ports.template_key(), entropy=ports.entropy)
    request = EnrolmentRequest(
        identity,
        kind,
        _now(ports),
        session.person.subject,
        session.staff,
        session.person.version,
        ports.engine if templates else "",
        templates,
        "" if paper is None else paper.wording,
        "" if paper is None else paper.language,
        paper is not None and paper.guardian is not None,
        b"" if paper is None else paper.digest(),
        sealed,
        "" if session.alike is None else session.alike.subject,
        session.choice or "",
        ports.gate,
    )
    return _record(request, ports), request


def withdrawal_of(
    person: Person, staff: str, key: str, ports: EnrolmentPorts
) -> tuple[RequestRecord, EnrolmentRequest]:
    """What is asked for by a withdrawal; the same key asks once for one person."""
    identity = hashlib.sha256(f"withdraw {staff} {person.subject} {key}".encode()).digest()[:16]
    request = EnrolmentRequest(
        identity,
        RequestKind.WITHDRAW,
        _now(ports),
        person.subject,
        staff,
        person.version,
        gate=ports.gate,
    )
    return _record(request, ports), request


def _record(request: EnrolmentRequest, ports: EnrolmentPorts) -> RequestRecord:
    at = ports.clock.wall().at
    digests = tuple(digest_of_sealed(each) for each in request.templates)
    return RequestRecord(request.id.hex(), request.kind, request.subject, request.staff, at, "", at, digests)


def _now(ports: EnrolmentPorts) -> int:
    return microseconds(ports.clock.wall().at)
