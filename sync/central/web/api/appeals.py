"""Appeals: what people ask about a status or a denial, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.appeals import (
    LONGEST,
    Appeal,
    AppealedDecision,
    AppealStep,
    answer,
    appeal_at,
    appeals,
    correct,
    forward,
    open_appeal,
    steps_of,
    take,
)
from sync.central.web.api import calls
from sync.central.web.api.calls import Body, Call, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.people import StatusSet, Submitted, submitted_as
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.visit import Visit

OPERATIONS = Operations()
Words = Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class AppealAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody asks, and about which decision of a gate, if it is about one."""

    question: Words
    denial: AppealedDecision | None = None


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the person, or the source of the status, is told."""

    text: Words


class AppealWhole(msgspec.Struct, frozen=True):
    """An appeal, and what was done about it, oldest first."""

    appeal: Appeal
    steps: tuple[AppealStep, ...]


@OPERATIONS.get("/api/appeals", act=Act.ANSWER_APPEAL, answer=Listing[Appeal])
def list_appeals(
    call: Call, count: Count = 100, before: Before = "", *, settled: Annotated[bool, Query()] = False
) -> Response:
    """The appeals that are open, or those that are settled, newest first."""
    key = key_of(before, int)
    with call.store.reading() as connection:
        found = appeals(connection, call.sight, is_open=not settled, before=key, count=count + 1)
    more = cursor_of(found[count - 1].number) if len(found) > count else None
    return calls.answer(Listing(found[:count], more))


@OPERATIONS.get("/api/appeals/{number}", act=Act.ANSWER_APPEAL, answer=AppealWhole)
def one_appeal(call: Call, number: int) -> Response:
    """One appeal with its steps."""
    with call.store.reading() as connection:
        return calls.answer(_whole(call, connection, number))


@OPERATIONS.post(
    "/api/subjects/{site}/{subject}/appeals", act=Act.ANSWER_APPEAL, takes=AppealAsked, answer=Numbered
)
def add_appeal(call: Call, body: Body, site: str, subject: str) -> Response:
    """Open an appeal for a person."""
    call.see_site(site)
    asked = taken(body, AppealAsked)
    return done(
        call,
        body,
        lambda connection: Numbered(
            open_appeal(connection, call.actor, site, subject, asked.question, call.now, asked.denial)
        ),
    )


@OPERATIONS.post("/api/appeals/{number}/take", act=Act.ANSWER_APPEAL, answer=AppealWhole)
def take_appeal(call: Call, body: Body, number: int) -> Response:
    """Be the one who has an open appeal."""
    return _step(call, body, number, lambda connection: take(connection, call.actor, number, call.now))


@OPERATIONS.post("/api/appeals/{number}/answer", act=Act.ANSWER_APPEAL, takes=Said, answer=AppealWhole)
def answer_appeal(call: Call, body: Body, number: int) -> Response:
    """Answer an open appeal, with rule and source in words: this settles it."""
    text = taken(body, Said).text
    return _step(
        call, body, number, lambda connection: answer(connection, call.actor, number, text, call.now)
    )


@OPERATIONS.post("/api/appeals/{number}/forward", act=Act.ANSWER_APPEAL, takes=Said, answer=AppealWhole)
def forward_appeal(call: Call, body: Body, number: int) -> Response:
    """Note that the source of the status was asked, and what; the appeal stays open."""
    text = taken(body, Said).text
    return _step(
        call, body, number, lambda connection: forward(connection, call.actor, number, text, call.now)
    )


@OPERATIONS.post("/api/appeals/{number}/correct", act=Act.SET_STATUS, takes=StatusSet, answer=Submitted)
def correct_appeal(call: Call, body: Body, number: int) -> Response:
    """Set the status of the person whom an open appeal is about: the appeal is corrected when that is."""
    wanted = taken(body, StatusSet)

    def act(connection: Connection) -> Submitted:
        _found(call, connection, number)
        limits = call.services.limits
        made = correct(connection, call.actor, number, wanted.status, wanted.why, call.now, limits)
        return submitted_as(made)

    return done(call, body, act)


def _found(call: Visit, connection: Connection, number: int) -> Appeal:
    found = appeal_at(connection, call.sight, number)
    if found is None:
        raise NotFound
    return found


def _whole(call: Visit, connection: Connection, number: int) -> AppealWhole:
    return AppealWhole(_found(call, connection, number), tuple(steps_of(connection, number)))


def _step(call: Visit, body: bytes, number: int, act: Callable[[Connection], None]) -> Response:
    def acted(connection: Connection) -> AppealWhole:
        _found(call, connection, number)
        act(connection)
        return _whole(call, connection, number)

    return done(call, body, acted)
