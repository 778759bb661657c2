"""People: a record for a purpose, and changes, which may wait for a second person."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Header, Query
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.decision import StatusRecord, Subject
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.core import Change, SetStatus
from sync.central.changes.submitting import Applied, WaitingSet, submit
from sync.central.imports.core import Protected
from sync.central.imports.uploads import ToldUpload, Upload, apply_upload, keep_upload, upload_at
from sync.central.people.core import Grounds, Purpose
from sync.central.people.looks import open_look
from sync.central.people.subjects import held_subjects, subject_at
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Operations
from sync.central.web.visit import Visit

OPERATIONS = Operations()
MOST_LIST_BYTES = 64 << 20
Reference = Annotated[str, Header(max_length=60, description="of the case, as A-1182")]
Reason = Annotated[str, Header(max_length=200, description="in words, where there is no reference")]
Why = Annotated[str, Meta(min_length=1, max_length=500)]


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes that belong together: all are made, or none. `why` is kept with them."""

    why: Why
    changes: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=10_000)]


class StatusSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A status, and why it is set."""

    why: Why
    status: StatusRecord


class Submitted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of changes: applied at once, or waiting for a second person until `lapses_at`."""

    number: int
    applied: bool
    lapses_at: int | None = None
    grounds: tuple[str, ...] = ()


@OPERATIONS.get("/api/subjects/{site}/{subject}", act=Act.SEE_PERSON, answer=Subject)
def one_subject(
    call: Call,
    site: str,
    subject: str,
    purpose: Annotated[Purpose, Header()],
    reference: Reference = "",
    reason: Reason = "",
) -> Response:
    """A person's record, for a purpose: who looked and why is in the audit."""
    _see_person(call, site, subject)
    with call.act() as connection:
        open_look(connection, call.actor, site, subject, Grounds(purpose, reference, reason), call.now)
        return answer(subject_at(connection, site, subject))


@OPERATIONS.post(
    "/api/subjects/{site}/{subject}/status", act=Act.SET_STATUS, takes=StatusSet, answer=Submitted
)
def set_status(call: Call, body: Body, site: str, subject: str) -> Response:
    """Set a person's status, with source, reason and rule."""
    _see_person(call, site, subject)
    wanted = taken(body, StatusSet)
    change = SetStatus(site, subject, wanted.status)
    return done(call, body, lambda connection: _submitted(call, connection, (change,), wanted.why))


@OPERATIONS.post("/api/changes", act=Act.SEE, takes=Changes, answer=Submitted, body=8 << 20)
def make_changes(call: Call, body: Body) -> Response:
    """Change people or a policy. Each change needs the scope for it; many at once, or a policy, wait for a
    second person.
    """
    wanted = taken(body, Changes)
    for site in {change.site for change in wanted.changes}:
        call.see_site(site)
    return done(call, body, lambda connection: _submitted(call, connection, wanted.changes, wanted.why))


@OPERATIONS.post("/api/imports/{site}", act=Act.IMPORT, takes=bytes, answer=ToldUpload, body=MOST_LIST_BYTES)
def plan_import(
    call: Call,
    body: Body,
    site: str,
    name: Annotated[str, Query(min_length=1, max_length=200, description="the file's, with its ending")],
    take: Annotated[list[Protected] | None, Query(max_length=3)] = None,
) -> Response:
    """Plan an import, which changes nothing yet: what would change, and what is wrong, by row and column."""
    call.see_site(site)
    limits = call.services.limits
    number = keep_upload(call.store, call.actor, site, name, body, take or (), call.now, limits)
    return answer(_upload(call, number).told(call.spoken))


@OPERATIONS.post("/api/imports/{number}/apply", act=Act.IMPORT, answer=Submitted)
def apply_import(call: Call, number: int, *, only_good: bool = False) -> Response:
    """Import a list as it was planned, in one transaction. A list is imported once."""
    kept = _upload(call, number)
    result = apply_upload(call.store, call.actor, kept, call.now, call.services.limits, only_good=only_good)
    became = getattr(result, "result", None)
    return answer(
        submitted_as(became) if isinstance(became, Applied | WaitingSet) else Submitted(number, applied=False)
    )


def _see_person(call: Visit, site: str, subject: str) -> None:
    call.see_site(site)
    with call.store.reading() as connection:
        if not held_subjects(connection, site, [subject]):
            raise NotFound


def _upload(call: Visit, number: int) -> Upload:
    with call.store.reading() as connection:
        kept = upload_at(connection, call.sight, number, call.now)
    if kept is None:
        raise NotFound
    return kept


def _submitted(call: Visit, connection: Connection, changes: tuple[Change, ...], why: str) -> Submitted:
    limits = call.services.limits
    return submitted_as(submit(connection, call.actor, changes, why=why, now=call.now, limits=limits))


def submitted_as(result: Applied | WaitingSet) -> Submitted:
    """What became of changes, as it is answered."""
    if isinstance(result, Applied):
        return Submitted(result.number, applied=True)
    return Submitted(result.number, False, result.lapses_at, tuple(str(item) for item in result.grounds))
