"""Keeps the requests of gates, lists them, and says what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from edge.registry.format import SealedTemplate
from edge.registry_requests import (
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
)
from edge.support.decoding import msgpack_of
from sync.central.changes.tables import applied_change
from sync.central.enrolments.tables import enrolment_request
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.store import insert_unless_there
from sync.central.tables import site_version

MOST_WAITING = 200
"""Requests of one site that wait: nobody at a gate fills the database."""
MOST_WITHDRAWN_A_DAY = 500
"""Withdrawals of one site that are taken in a day: each takes a face away at once and for good, and a gate
that was taken over takes no more than these.
"""
_DAY = 24 * 3600 * 1_000_000
_TABLE = enrolment_request.c


@dataclass(frozen=True)
class KeptRequest:
    """A request as it is kept; times are microseconds since 1970 UTC."""

    id: bytes
    site: str
    device: str
    gate: str
    kind: RequestKind
    subject: str
    staff: str
    asked_at: int
    received_at: int
    version: int
    engine: str
    templates: tuple[SealedTemplate, ...]
    wording: str
    language: str
    guardian: bool
    digest: bytes
    alike: str
    choice: str
    state: RequestState
    reason: str
    decided_by: str
    decided_at: int | None
    change_set: int | None


def room_for(connection: sa.Connection, site: str, identity: bytes) -> bool:
    """Whether another request of a site may wait; one that is kept already has its place."""
    waits = (_TABLE.site == site) & (_TABLE.state == RequestState.RECEIVED) & (_TABLE.id != identity)
    count = connection.execute(sa.select(sa.func.count()).select_from(enrolment_request).where(waits))
    return bool(count.scalar_one() < MOST_WAITING)


def room_for_withdrawal(connection: sa.Connection, site: str, identity: bytes, now: int) -> bool:
    """Whether another withdrawal of a site is taken today; one that is kept already has its place."""
    today = (_TABLE.site == site) & (_TABLE.received_at > now - _DAY) & (_TABLE.id != identity)
    query = sa.select(sa.func.count()).select_from(enrolment_request)
    count = connection.execute(query.where(today & (_TABLE.kind == RequestKind.WITHDRAW)))
    return bool(count.scalar_one() < MOST_WITHDRAWN_A_DAY)


def is_forgotten(connection: sa.Connection, asked: EnrolmentRequest) -> bool:
    """Whether a gate asks what became of a request that is gone here: with the person who was erased, say."""
    if asked.kind is not RequestKind.ENROL or asked.templates:
        return False
    return connection.execute(sa.select(_TABLE.id).where(_TABLE.id == asked.id)).first() is None


def keep(
    connection: sa.Connection, site: str, device: str, gate: str, asked: EnrolmentRequest, now: int
) -> bool:
    """Keep a request; False where it is kept already."""
    if connection.execute(sa.select(_TABLE.id).where(_TABLE.id == asked.id)).first() is not None:
        return False
    sealed = [SealedTemplate(asked.subject, asked.version, asked.engine, each) for each in asked.templates]
    values: dict[str, Any] = {
        "id": asked.id,
        "site": site,
        "device": device,
        "gate": gate,
        "kind": asked.kind,
        "subject": asked.subject,
        "staff": asked.staff,
        "asked_at": asked.at,
        "received_at": now,
        "version": asked.version,
        "engine": asked.engine,
        "templates": msgspec.msgpack.encode(sealed),
        "wording": asked.wording,
        "language": asked.language,
        "guardian": asked.guardian,
        "digest": asked.digest,
        "paper": asked.paper,
        "alike": asked.alike or None,
        "choice": asked.choice,
        "state": RequestState.RECEIVED,
        "reason": "",
        "decided_by": "",
    }
    connection.execute(insert_unless_there(connection, enrolment_request).values(**values))
    return True


def request_at(connection: sa.Connection, identity: bytes) -> KeptRequest | None:
    """The request with this id."""
    row = connection.execute(sa.select(enrolment_request).where(_TABLE.id == identity)).one_or_none()
    return None if row is None else _kept(row)


def requests(
    connection: sa.Connection, sight: Sight, *, waiting: bool, count: int = 100, before: int | None = None
) -> list[KeptRequest]:
    """The requests in sight that wait, the oldest first; or those that were decided, the newest first."""
    is_waiting = _TABLE.state == RequestState.RECEIVED
    query = sa.select(enrolment_request).where(sight.of(_TABLE.site))
    if waiting:
        query = query.where(is_waiting).order_by(_TABLE.received_at)
    else:
        query = query.where(~is_waiting).order_by(_TABLE.decided_at.desc())
        query = query if before is None else query.where(_TABLE.decided_at < before)
    return [_kept(row) for row in connection.execute(query.limit(count))]


def waiting_count(connection: sa.Connection, sight: Sight) -> int:
    """How many requests in sight wait."""
    where = sight.of(_TABLE.site) & (_TABLE.state == RequestState.RECEIVED)
    query = sa.select(sa.func.count()).select_from(enrolment_request).where(where)
    return int(connection.execute(query).scalar_one())


def waiting_of(connection: sa.Connection, site: str, subject: str) -> list[KeptRequest]:
    """The requests about somebody that wait."""
    where = (_TABLE.site == site) & (_TABLE.subject == subject) & (_TABLE.state == RequestState.RECEIVED)
    return [_kept(row) for row in connection.execute(sa.select(enrolment_request).where(where))]


def settle(
    connection: sa.Connection,
    identity: bytes,
    state: RequestState,
    *,
    by: str,
    now: int,
    reason: str = "",
    change_set: int | None = None,
) -> None:
    """Note what was decided. The templates go: those of who was enrolled are with their record."""
    values = {
        "state": state,
        "reason": reason,
        "decided_by": by,
        "decided_at": now,
        "change_set": change_set,
        "templates": msgspec.msgpack.encode(()),
    }
    connection.execute(sa.update(enrolment_request).where(_TABLE.id == identity).values(values))


def answer_to(connection: sa.Connection, kept: KeptRequest) -> EnrolmentAnswer:
    """What became of a request, as the gate is told."""
    at = kept.received_at if kept.decided_at is None else kept.decided_at
    version = 0 if kept.change_set is None else _version_with(connection, kept.site, kept.change_set)
    return EnrolmentAnswer(kept.id, kept.state, at, version, kept.reason)


def _version_with(connection: sa.Connection, site: str, number: int) -> int:
    """The first version of a site that has the change set `number`; 0: none was published since."""
    applied = sa.select(applied_change.c.number).where(
        applied_change.c.site == site, applied_change.c.change_set == number
    )
    query = sa.select(sa.func.min(site_version.c.version)).where(
        site_version.c.site == site, site_version.c.up_to >= applied.scalar_subquery()
    )
    return int(connection.execute(query).scalar() or 0)


def _kept(row: sa.Row[Any]) -> KeptRequest:
    return KeptRequest(
        bytes(row.id),
        row.site,
        row.device,
        row.gate,
        word_of(RequestKind, row.kind),
        row.subject,
        row.staff,
        row.asked_at,
        row.received_at,
        row.version,
        row.engine,
        msgpack_of(bytes(row.templates), tuple[SealedTemplate, ...]),
        row.wording,
        row.language,
        bool(row.guardian),
        bytes(row.digest),
        row.alike or "",
        row.choice,
        word_of(RequestState, row.state),
        row.reason,
        row.decided_by,
        row.decided_at,
        row.change_set,
    )
