"""Zones and limits: made, changed and removed as on the page Zones and limits."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from sync.central.accounts.core import Act
from sync.central.entry_holds.gates import where_of
from sync.central.flow.core import EVERY_DAY, Limit, Sign
from sync.central.flow.limits import SetLimit, limits_in
from sync.central.flow.zones import LONGEST_NAME, MOST_GATES, GateZone, ZoneGate, zones_in
from sync.central.web.api.calls import Body, Call, answer, done, taken
from sync.central.web.api.operating import Numbered
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.zone_acts import (
    put_zone_by,
    remove_limit_by,
    remove_zone_by,
    set_limit_by,
    zone_in_sight,
)

OPERATIONS = Operations()
_Number = Annotated[int, Meta(ge=0, le=10_000_000)]
_Minute = Annotated[int, Meta(ge=0, le=24 * 60)]
_Name = Annotated[str, Meta(min_length=1, max_length=128)]


class GateOfZone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate of a zone, and how who passes it counts there. as_is: who enters the site enters the zone;
    reversed: who enters the site leaves the zone; in, out: everybody who passes enters, or leaves, the zone.
    """

    site: _Name
    gate: _Name
    sign: Sign = Sign.AS_IS


class ZonePut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A zone: any set of gates, across sites. Those see it who see the place of the number `place`, in which
    all of its gates have to lie.
    """

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    place: Annotated[int, Meta(ge=0, lt=2**62)]
    gates: Annotated[list[GateOfZone], Meta(min_length=1, max_length=MOST_GATES)]


class LimitSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit of people: `warn`, `stop`, or both; a level ends when `relief` fewer are inside. It holds on
    `days` (1: Monday) from `begins` to `ends`, in minutes after midnight where the site is. With a `number`
    it takes that one's place.
    """

    what: Annotated[str, Meta(min_length=3, max_length=128)]
    warn: _Number | None = None
    stop: _Number | None = None
    relief: _Number = 0
    days: Annotated[str, Meta(max_length=7)] = EVERY_DAY
    begins: _Minute = 0
    ends: _Minute = 24 * 60
    number: int | None = None


class LimitKept(msgspec.Struct, frozen=True):
    """A limit, of what, and who set it when."""

    number: int
    what: str
    limit: Limit
    changed_at: int
    changed_by: str


@OPERATIONS.get("/api/zones", act=Act.SEE, answer=Listing[GateZone])
def list_zones(call: Call) -> Response:
    """The zones in sight, with their gates."""
    with call.store.reading() as connection:
        return answer(Listing(zones_in(connection, call.sight)))


@OPERATIONS.get("/api/zones/{number}", act=Act.SEE, answer=GateZone)
def one_zone(call: Call, number: int) -> Response:
    """One zone, with its gates."""
    with call.store.reading() as connection:
        return answer(zone_in_sight(connection, call, number))


@OPERATIONS.post("/api/zones", act=Act.SET_LIMITS, takes=ZonePut, answer=GateZone)
def make_zone(call: Call, body: Body) -> Response:
    """Make a zone of gates in sight."""
    return _put(call, body, None)


@OPERATIONS.post("/api/zones/{number}", act=Act.SET_LIMITS, takes=ZonePut, answer=GateZone)
def change_zone(call: Call, body: Body, number: int) -> Response:
    """Change a zone: its name, its place, all of its gates. What was counted stays; who is inside follows."""
    return _put(call, body, number)


@OPERATIONS.post("/api/zones/{number}/remove", act=Act.SET_LIMITS, answer=GateZone)
def delete_zone(call: Call, body: Body, number: int) -> Response:
    """Remove a zone with its limits; nothing that was counted goes with it. It answers what the zone was."""
    return done(call, body, lambda connection: remove_zone_by(connection, call, number))


@OPERATIONS.get("/api/limits", act=Act.SEE, answer=Listing[LimitKept])
def list_limits(call: Call) -> Response:
    """The limits that people set in sight; a policy's own are in the policy."""
    with call.store.reading() as connection:
        rows = limits_in(connection, call.sight, {}).rows
    return answer(Listing([_kept(each) for _, held in sorted(rows.items()) for each in held]))


@OPERATIONS.post("/api/limits", act=Act.SET_LIMITS, takes=LimitSet, answer=Numbered)
def set_limit(call: Call, body: Body) -> Response:
    """Set a limit, or change the one of its number."""
    asked = taken(body, LimitSet)
    where = where_of(asked.what)
    limit = Limit(asked.warn, asked.stop, asked.relief, asked.days, asked.begins, asked.ends)
    return done(
        call,
        body,
        lambda connection: Numbered(set_limit_by(connection, call, where, limit, asked.number)),
    )


@OPERATIONS.post("/api/limits/{number}/remove", act=Act.SET_LIMITS, answer=LimitKept)
def delete_limit(call: Call, body: Body, number: int) -> Response:
    """Remove a limit; the policy's own stays. It answers what the limit was."""
    return done(call, body, lambda connection: _kept(remove_limit_by(connection, call, number)))


# --- inside --------------------------------------------------------------------------------


def _kept(each: SetLimit) -> LimitKept:
    return LimitKept(each.number, str(each.where), each.limit, each.changed_at, each.changed_by)


def _put(call: Call, body: bytes, number: int | None) -> Response:
    asked = taken(body, ZonePut)
    gates = [ZoneGate(each.site, each.gate, each.sign) for each in asked.gates]

    def act(connection: Connection) -> GateZone:
        made = put_zone_by(connection, call, number, asked.name, asked.place, gates)
        return zone_in_sight(connection, call, made)

    return done(call, body, act)
