"""Places, gates and accesses, as far as the token sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from edge.web.visit import NotFound
from sync.central.accesses.accesses import Access, AccessFilters, AccessKey, accesses
from sync.central.accounts.core import Act
from sync.central.devices.devices import KnownDevice, known_devices
from sync.central.places.tree import PlaceNode, place_tree
from sync.central.web.api.calls import Call, answer
from sync.central.web.api.operations import Listing, Operations
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.visit import Visit

OPERATIONS = Operations()
Count = Annotated[int, Query(ge=1, le=500)]
Before = Annotated[str, Query(max_length=400, description="`next` of the page before")]
Time = Annotated[int | None, Query(ge=0, le=2**62)]
Name = Annotated[str | None, Query(max_length=100)]


@OPERATIONS.get("/api/places", act=Act.SEE, answer=Listing[PlaceNode])
def list_places(call: Call) -> Response:
    """The places in sight, each before what it holds."""
    with call.store.reading() as connection:
        return answer(Listing(list(place_tree(connection, call.sight))))


@OPERATIONS.get("/api/gates", act=Act.SEE, answer=Listing[KnownDevice])
def listgates_in_sight(call: Call) -> Response:
    """The devices at the gates in sight, with what each reported last."""
    return answer(Listing(gates_in_sight(call)))


@OPERATIONS.get("/api/gates/{device}", act=Act.SEE, answer=KnownDevice)
def one_gate(call: Call, device: str) -> Response:
    """One device at its gate."""
    found = [item for item in gates_in_sight(call) if item.device == device]
    if not found:
        raise NotFound
    return answer(found[0])


def _filters(
    site: Name = None,
    device: Name = None,
    outcome: Name = None,
    reason: Name = None,
    since: Time = None,
    until: Time = None,
) -> AccessFilters:
    return AccessFilters(site=site, device=device, outcome=outcome, reason=reason, since=since, until=until)


@OPERATIONS.get("/api/accesses", act=Act.SEE, answer=Listing[Access])
def list_accesses(
    call: Call,
    filters: Annotated[AccessFilters, Depends(_filters)],
    count: Count = 100,
    before: Before = "",
) -> Response:
    """Accesses by the gates' time, newest first. Who passed is named by their id, and only to tokens that may
    see a person.
    """
    key = key_of(before, tuple[int, int])
    with call.store.reading() as connection:
        older = None if key is None else AccessKey(*key)
        found = accesses(connection, call.sight, filters, before=older, count=count + 1)
        people = call.actor.sight(Act.SEE_PERSON)
        named = people.sites_among(connection, {item.site for item in found})
    shown = [item if item.site in named else replace(item, subject=None) for item in found[:count]]
    following = cursor_of(tuple(found[count - 1].key)) if len(found) > count else None
    return answer(Listing(shown, following))


def gates_in_sight(call: Visit) -> list[KnownDevice]:
    """The devices that a call sees."""
    with call.store.reading() as connection:
        seen = {node.site for node in place_tree(connection, call.sight)}
        return [item for item in known_devices(connection) if item.site in seen]
