"""What lies in files, what a rule deleted, and what is held for a case. It answers no row of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.history.acts import hold, lift
from sync.central.history.core import Scope
from sync.central.history.holds import NewHold, RetentionHold, holds_in
from sync.central.history.overview import (
    DamagedFile,
    Deletion,
    SiteHistory,
    damaged_files,
    deletions,
    history_by_site,
)
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.places import Count

OPERATIONS = Operations()
_Time = Annotated[int, Meta(ge=0, le=2**62)]


class History(msgspec.Struct, frozen=True):
    """What lies in files of each site, which files are not what was written, and the newest deletions."""

    sites: tuple[SiteHistory, ...]
    damaged: tuple[DamagedFile, ...]
    deleted: tuple[Deletion, ...]


class HoldAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be held of a site for a case; without a subject all of it. Times are microseconds since 1970
    UTC: `review_at` is when somebody looks whether it is needed still, within a year.
    """

    site: Annotated[str, Meta(min_length=1, max_length=200)]
    case: Annotated[str, Meta(min_length=1, max_length=500)]
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    review_at: _Time
    subject: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    since: _Time | None = None
    until: _Time | None = None


class LiftAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why what is held is not needed any more."""

    why: Annotated[str, Meta(min_length=1, max_length=500)]


@OPERATIONS.get("/api/history", act=Act.HOLD_DATA, answer=History)
def show_history(call: Call, count: Count = 100) -> Response:
    """What lies in files, and the newest `count` deletions by a rule of retention."""
    with call.store.reading() as connection:
        return answer(
            History(
                tuple(history_by_site(connection, call.sight)),
                tuple(damaged_files(connection, call.sight)),
                tuple(deletions(connection, call.sight, count)),
            )
        )


@OPERATIONS.get("/api/holds", act=Act.HOLD_DATA, answer=Listing[RetentionHold])
def list_holds(call: Call) -> Response:
    """The holds in sight, those that were lifted too."""
    with call.store.reading() as connection:
        return answer(Listing(holds_in(connection, call.sight, lifted_too=True)))


@OPERATIONS.post("/api/holds", act=Act.HOLD_DATA, takes=HoldAsked, answer=Numbered)
def make_hold(call: Call, body: Body) -> Response:
    """Hold something from now on: no rule deletes it, and nobody in it is erased."""
    asked = taken(body, HoldAsked)
    call.see_site(asked.site)
    scope = Scope(asked.site, asked.subject, asked.since, asked.until)
    wanted = NewHold(asked.case, scope, asked.why, asked.review_at)

    def act(connection: Connection) -> Numbered:
        return Numbered(hold(connection, call.actor, call.sight, wanted, call.now))

    return done(call, body, act)


@OPERATIONS.post("/api/holds/{number}/lift", act=Act.HOLD_DATA, takes=LiftAsked, answer=Numbered)
def lift_hold(call: Call, body: Body, number: int) -> Response:
    """Let what is held go its way from now on."""
    asked = taken(body, LiftAsked)

    def act(connection: Connection) -> Numbered:
        if abs(number) >> 62 or number not in {each.number for each in holds_in(connection, call.sight)}:
            raise NotFound
        lift(connection, call.actor, call.sight, number, asked.why, call.now)
        return Numbered(number)

    return done(call, body, act)
