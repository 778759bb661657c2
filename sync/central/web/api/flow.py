"""Who is inside, against which limits; the course of a site or zone; and held entries."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.entry_holds.gates import is_hold_seen, is_seen, where_of
from sync.central.entry_holds.holding import hold_by_hand, release_by_hand
from sync.central.entry_holds.holds import (
    LONGEST_WHY,
    EntriesHold,
    HeldGate,
    gates_of_hold,
    hold_at,
    open_holds,
)
from sync.central.flow.core import Where
from sync.central.flow.reading import FlowCourse, course
from sync.central.store import StoreError
from sync.central.units import DAY, MINUTE
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.api.visits import Moment
from sync.central.web.flow_bars import Bar, bars_of
from sync.central.web.visit import Visit

OPERATIONS = Operations()
_STEP, _MOST_SPANS = 10 * MINUTE, 1008


class InsideNow(msgspec.Struct, frozen=True):
    """The people inside a site, a zone or a place (`what`: site:green-court, zone:7, place:3) against the
    limits that hold now.
    `inside` null: no gate of it counts. `held`: entries are held there.
    """

    what: str
    name: str
    inside: int | None
    entered: int | None
    left: int | None
    estimated: bool
    warn: int | None
    stop: int | None
    level: str
    held: bool


class EntriesHeld(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold entries at the gates of `what` for so many `minutes`; `why` is what the gates say."""

    what: Annotated[str, Meta(min_length=3, max_length=128)]
    why: Annotated[str, Meta(min_length=1, max_length=LONGEST_WHY)]
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 30


class HoldShown(msgspec.Struct, frozen=True):
    """A hold in force, and how far each of its gates is."""

    hold: EntriesHold
    gates: list[HeldGate]


@OPERATIONS.get("/api/flow", act=Act.SEE, answer=Listing[InsideNow])
def list_inside(call: Call) -> Response:
    """The people inside each site and zone in sight, and each place that has a limit or a hold, now."""
    with call.store.reading() as connection:
        return answer(Listing([_inside(bar) for bar in bars_of(connection, call.sight, call.now)]))


@OPERATIONS.get("/api/flow/{what}/course", act=Act.SEE, answer=FlowCourse)
def course_of_one(call: Call, what: str, since: Moment, until: Moment) -> Response:
    """Who was inside a site or zone, came and went, by ten minutes; a week at most."""
    where = where_of(what)
    with call.store.reading() as connection:
        _see(call, connection, where)
        if not 0 < until - since <= _MOST_SPANS * _STEP:
            days = _MOST_SPANS * _STEP // DAY
            raise StoreError(
                phrase("until is to be after since, by %(days)s days at most", days=days),
                where=phrase("until"),
            )
        return answer(course(connection, where, since, until, _STEP, call.now))


@OPERATIONS.get("/api/entry-holds", act=Act.SEE, answer=Listing[HoldShown])
def list_holds(call: Call) -> Response:
    """The holds of entries that are in force in sight, and how far each gate is."""
    with call.store.reading() as connection:
        return answer(
            Listing(
                [
                    HoldShown(hold, list(gates_of_hold(connection, hold.number, call.sight)))
                    for hold in open_holds(connection, call.now)
                    if is_hold_seen(connection, call.sight, hold)
                ]
            )
        )


@OPERATIONS.post("/api/entry-holds", act=Act.COMMAND, takes=EntriesHeld, answer=Numbered)
def hold_entries(call: Call, body: Body) -> Response:
    """Hold entries by hand: each gate that lets in is asked at once, and it lapses by itself."""
    asked = taken(body, EntriesHeld)
    where = where_of(asked.what)

    def act(connection: Connection) -> Numbered:
        _see(call, connection, where)
        until = call.now + asked.minutes * MINUTE
        return Numbered(hold_by_hand(connection, call.actor, where, asked.why, until, call.now).number)

    return done(call, body, act)


@OPERATIONS.post("/api/entry-holds/{number}/release", act=Act.COMMAND, answer=EntriesHold)
def release_entries(call: Call, number: int) -> Response:
    """Release entries before their time, also those that a limit holds."""
    with call.act() as connection:
        held = hold_at(connection, number) if 0 <= number < 1 << 62 else None
        if held is None or not is_hold_seen(connection, call.sight, held):
            raise NotFound
        if not release_by_hand(connection, call.actor, held, call.now):
            raise StoreError(phrase("these entries are free already"), where=phrase("entries"))
        found = hold_at(connection, number)
    return answer(found)


# --- inside --------------------------------------------------------------------------------


def _inside(bar: Bar) -> InsideNow:
    people = bar.people
    return InsideNow(
        str(bar.where),
        bar.name,
        None if people is None else people.inside,
        None if people is None else people.entered,
        None if people is None else people.left,
        people is not None and people.estimated,
        bar.warn,
        bar.stop,
        bar.level.value,
        bar.held,
    )


def _see(call: Visit, connection: Connection, where: Where) -> None:
    if not is_seen(connection, call.sight, where):
        raise NotFound
