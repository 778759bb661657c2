"""Who is expected, who came and who left: visits and their numbers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.decision import Direction
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.store import StoreError
from sync.central.visits.core import NumberVerdict, WantedVisit
from sync.central.visits.numbers import use_number
from sync.central.visits.visits import Inviting, KeptVisit, cancel, invite, say_left, visit_at, visits_between
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Before, Count
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.revoking import not_revoked
from sync.central.web.visit import Visit

OPERATIONS = Operations()
Moment = Annotated[int, Query(ge=0, le=2**62)]
Instant = Annotated[int, Meta(ge=0, le=2**62)]


class VisitAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visitor, and from when until when (microseconds since 1970 UTC); `host` is the resident's id.
    `by_code`: they have no phone, and are told a number.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    since: Instant
    until: Instant
    host: Annotated[str, Meta(max_length=100)] = ""
    by_code: bool = False


class VisitMade(msgspec.Struct, frozen=True):
    """A visit. `link` of the visitor's page and `code` are told once: repeated, the answer has neither."""

    number: int
    link: str | None = None
    code: str | None = None


class VisitCancelled(msgspec.Struct, frozen=True):
    """A visit that is cancelled; `not_revoked` says why the gates do not know it yet, null: they are told."""

    number: int
    not_revoked: str | None = None


class NumberTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number that a visitor told at a gate, and which way they go."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    direction: Direction = Direction.ENTRY


class NumberChecked(msgspec.Struct, frozen=True):
    """What is to be said to a number. A good one was counted as a use; `visit` where one has it."""

    verdict: NumberVerdict
    visit: int | None = None


@OPERATIONS.get("/api/visits", act=Act.INVITE, answer=Listing[KeptVisit])
def list_visits(
    call: Call, since: Moment, until: Moment, count: Count = 100, before: Before = ""
) -> Response:
    """The visits that overlap a span of time, by their begin."""
    key = key_of(before, tuple[int, int])
    with call.store.reading() as connection:
        found = visits_between(connection, call.sight, since, until, call.now, after=key, count=count + 1)
    last = found[count - 1] if len(found) > count else None
    return answer(Listing(found[:count], None if last is None else cursor_of((last.since, last.number))))


@OPERATIONS.post("/api/sites/{site}/visits", act=Act.INVITE, takes=VisitAsked, answer=VisitMade)
def make_visit(call: Call, body: Body, site: str) -> Response:
    """Invite somebody. Their link, or their number, is told once."""
    call.see_site(site)
    asked = taken(body, VisitAsked)
    wanted = WantedVisit(asked.name, asked.since, asked.until, by_code=asked.by_code)

    def act(connection: Connection) -> VisitMade:
        inviting = Inviting(call.actor.name, asked.host.strip() or None)
        made = invite(connection, site, wanted, inviting, call.now)
        note(connection, call.actor, "invite", About("visit", str(made.number), site), call.now)
        return VisitMade(
            made.number, f"{call.services.settings.public_origin}/visitors/{made.token}", made.code
        )

    return done(call, body, act, kept=lambda made: VisitMade(made.number))


@OPERATIONS.post("/api/visits/{number}/cancel", act=Act.INVITE, answer=VisitCancelled)
def cancel_visit(call: Call, number: int) -> Response:
    """Cancel a visit that nobody came to yet; the gates refuse its pass at once."""
    with call.act() as connection:
        _see(call, connection, number)
        found = cancel(connection, call.sight, number, call.now)
        note(connection, call.actor, "cancel_visit", About("visit", str(number), found.site), call.now)
    return answer(VisitCancelled(number, not_revoked(call, found.site, found.pass_id)))


@OPERATIONS.post("/api/visits/{number}/left", act=Act.INVITE, answer=KeptVisit)
def visitor_left(call: Call, number: int) -> Response:
    """Say that a visitor left where no gate saw it."""
    with call.act() as connection:
        _see(call, connection, number)
        found = say_left(connection, call.sight, number, call.now)
        about = About("visit", str(number), found.site)
        note(connection, call.actor, "say_visitor_left", about, call.now)
    return answer(found)


@OPERATIONS.post("/api/sites/{site}/numbers", act=Act.INVITE, takes=NumberTold, answer=NumberChecked)
def check_number(call: Call, body: Body, site: str) -> Response:
    """Check the number that a visitor told at a gate; a good one counts as a use."""
    call.see_site(site)
    told = taken(body, NumberTold)

    def act(connection: Connection) -> NumberChecked:
        check = use_number(connection, site, told.number, told.direction, call.actor.name, call.now)
        about = About("visit", "" if check.visit is None else str(check.visit), site)
        note(connection, call.actor, "check_number", about, call.now, detail={"verdict": check.verdict})
        return NumberChecked(check.verdict, check.visit)

    return done(call, body, act)


def _see(call: Visit, connection: Connection, number: int) -> None:
    try:
        visit_at(connection, call.sight, number, call.now)
    except StoreError:
        raise NotFound from None
