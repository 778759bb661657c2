"""Zones and limits: which gates make a zone, and how many people a site, a zone or a place holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.support.phrases import Phrase, phrase
from edge.web.texts import N_
from sync.central.accounts.core import Act
from sync.central.devices.devices import known_devices
from sync.central.entry_holds.gates import where_of
from sync.central.flow.core import EVERY_DAY, Limit, Sign, Where
from sync.central.flow.core import place as of_place
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.flow.limits import limits_in, policy_limits
from sync.central.flow.zones import GateZone, ZoneGate, zones_in
from sync.central.newer import word_of
from sync.central.places.tree import PlaceNode, names_in_sight, place_tree
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf
from sync.central.web.zone_acts import put_zone_by, remove_limit_by, remove_zone_by, set_limit_by

PAGES = Pages()
_BODY = 256 * 1024
_MIDNIGHT = 24 * 60
Short = Annotated[str, Form(max_length=200)]
SIGNS = {
    Sign.AS_IS: N_("who comes in here comes into the zone"),
    Sign.REVERSED: N_("who leaves here comes into the zone"),
    Sign.IN: N_("everybody who passes comes into the zone"),
    Sign.OUT: N_("everybody who passes leaves the zone"),
}
DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


@PAGES.get("/zones", act=Act.SET_LIMITS)
def listed(visit: VisitOf) -> Response:
    """The zones and limits in sight, and forms to make and change them."""
    with visit.store.reading() as connection:
        nodes = place_tree(connection, visit.sight)
        zones = zones_in(connection, visit.sight)
        floors = policy_limits(connection, visit.sight)
        limits = limits_in(connection, visit.sight, floors)
        sites = {node.site for node in nodes if node.site}
        gates = [each for each in known_devices(connection) if each.site in sites]
    names = _names(nodes, zones)
    title = visit.gettext("Zones and limits")
    return visit.page(
        "flow/zones.html",
        title=title,
        crumbs=[(visit.gettext("Flow"), "/flow"), (title, None)],
        zones=zones,
        gates=sorted({(each.site, each.gate) for each in gates}),
        places=names_in_sight(nodes),
        names=names,
        rows=[each for where in names for each in limits.rows.get(where, ())],
        floors={of_site(name): rule for name, rule in floors.items() if rule.warn or rule.stop},
        signs=SIGNS,
        signs_of={(each.number, of.site, of.gate): of.sign.value for each in zones for of in each.gates},
        days=DAYS,
        site_names=visit.site_names(sites),
    )


@PAGES.post("/zones", act=Act.SET_LIMITS, body=_BODY)
def make_zone(
    visit: VisitOf, name: Short, place: Annotated[int, Form()], gate: Annotated[list[str], Form()]
) -> Response:
    """Make a zone of some gates in sight."""
    return _put_zone(visit, None, name, place, gate)


@PAGES.post("/zones/{number}", act=Act.SET_LIMITS, body=_BODY)
def change_zone(
    visit: VisitOf,
    number: int,
    name: Short,
    place: Annotated[int, Form()],
    gate: Annotated[list[str], Form()],
) -> Response:
    """Change a zone: its name, who sees it, its gates."""
    return _put_zone(visit, number, name, place, gate)


@PAGES.post("/zones/{number}/remove", act=Act.SET_LIMITS)
def take_zone(visit: VisitOf, number: int) -> Response:
    """Remove a zone with its limits."""
    with visit.act() as connection:
        remove_zone_by(connection, visit, number)
    return visit.go("/zones")


@PAGES.post("/zones/limits/set", act=Act.SET_LIMITS)
def set_limit(
    visit: VisitOf,
    what: Short,
    warn: Short = "",
    stop: Short = "",
    relief: Short = "",
    day: Annotated[list[str] | None, Form()] = None,
    begins: Short = "",
    ends: Short = "",
    number: Annotated[int, Form()] = 0,
) -> Response:
    """Set a limit, or change the one of this number."""
    where = where_of(what)
    limit = Limit(
        _people(warn, phrase("warn")),
        _people(stop, phrase("stop")),
        _people(relief, phrase("relief")) or 0,
        "".join(sorted(day or [])) or EVERY_DAY,
        _minute(begins, phrase("from")) or 0,
        _minute(ends, phrase("to")) or _MIDNIGHT,
    )
    with visit.act() as connection:
        set_limit_by(connection, visit, where, limit, number or None)
    return visit.go("/zones#limits")


@PAGES.post("/zones/limits/{number}/remove", act=Act.SET_LIMITS)
def take_limit(visit: VisitOf, number: int) -> Response:
    """Remove a limit; the policy's own stays."""
    with visit.act() as connection:
        remove_limit_by(connection, visit, number)
    return visit.go("/zones#limits")


# --- inside --------------------------------------------------------------------------------


def _names(nodes: Sequence[PlaceNode], zones: Sequence[GateZone]) -> dict[Where, str]:
    """What limits can be of, by what pages call it: sites, the places above them, zones."""
    found = {of_site(node.site): node.name for node in nodes if node.site}
    paths = names_in_sight(nodes)
    found |= {of_place(node.number): paths[node.number] for node in nodes if not node.site}
    return found | {of_zone(each.number): each.name for each in zones}


def _put_zone(visit: Visit, number: int | None, name: str, place: int, said: Sequence[str]) -> Response:
    gates = [_zone_gate(each) for each in said if each]
    with visit.act() as connection:
        put_zone_by(connection, visit, number, name, place, gates)
    return visit.go("/zones")


def _zone_gate(said: str) -> ZoneGate:
    """A gate as the form says it: its sign, which a newer version may have written, its site, its name."""
    sign, _, rest = said.partition(" ")
    site, _, gate = rest.partition(" ")
    if not gate:
        raise StoreError(phrase("%(said)r is no gate of a zone", said=said[:60]), where=phrase("gate"))
    return ZoneGate(site, gate, word_of(Sign, sign))


def _people(said: str, where: Phrase) -> int | None:
    said = said.strip().replace(",", "")
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= 9):
        raise StoreError(phrase("got %(said)r, expected a number of people", said=said[:20]), where=where)
    return int(said)


def _minute(said: str, where: Phrase) -> int | None:
    """Minutes after midnight; None where no time is said. Midnight is the begin, or the end, of the day."""
    if not said.strip():
        return None
    try:
        at = time.fromisoformat(said.strip())
    except ValueError:
        raise StoreError(
            phrase("got %(said)r, expected a time such as 08:30", said=said[:20]), where=where
        ) from None
    return at.hour * 60 + at.minute
