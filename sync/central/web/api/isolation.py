"""Who stays at home, exits in isolation, and home visits. It answers no name and no room."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.isolation.exits import Exit, exits
from sync.central.isolation.isolated import Isolated, isolated
from sync.central.isolation.visiting import HomeVisit, home_visits, visit_done
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of

OPERATIONS = Operations()
Moment = Annotated[int, Query(ge=0, le=2**62)]


class VisitOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a home visit: met, sent_home, not_found, false_alarm, emergency_called or other (with a
    note).
    """

    outcome: Annotated[str, Meta(min_length=1, max_length=40)]
    note: Annotated[str, Meta(max_length=600)] = ""


@OPERATIONS.get("/api/isolations", act=Act.SEE_PERSON, answer=Listing[Isolated])
def list_isolated(call: Call, count: Count = 100, before: Before = "") -> Response:
    """Those whose isolation has not ended, by site and id."""
    key = key_of(before, tuple[str, str])
    with call.store.reading() as connection:
        found = isolated(connection, call.sight, call.now, after=key, count=count + 1)
    last = found[count - 1] if len(found) > count else None
    return answer(Listing(found[:count], None if last is None else cursor_of((last.site, last.id))))


@OPERATIONS.get("/api/isolations/exits", act=Act.SEE_PERSON, answer=Listing[Exit])
def list_exits(call: Call, since: Moment, until: Moment, count: Count = 100) -> Response:
    """The newest exits in isolation in a stretch of time: tried, by exception, let out by mistake."""
    with call.store.reading() as connection:
        return answer(Listing(exits(connection, call.sight, since, until, count=count)))


@OPERATIONS.get("/api/isolations/visits", act=Act.SEE_PERSON, answer=Listing[HomeVisit])
def list_home_visits(call: Call, count: Count = 100) -> Response:
    """Home visits: the open ones by when they are due, then the newest."""
    with call.store.reading() as connection:
        return answer(Listing(home_visits(connection, call.sight, count=count)))


@OPERATIONS.post("/api/isolations/visits/{number}/done", act=Act.CARE, takes=VisitOutcome, answer=HomeVisit)
def end_home_visit(call: Call, body: Body, number: int) -> Response:
    """Take down what came of a home visit."""
    said = taken(body, VisitOutcome)

    def act(connection: Connection) -> HomeVisit:
        if abs(number) >> 62 or not home_visits(connection, call.sight, number=number):
            raise NotFound
        return visit_done(
            connection, call.actor, call.sight, number, said.outcome, said.note.strip(), call.now
        )

    return done(call, body, act)
