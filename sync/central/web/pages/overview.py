"""The overview: what is so now, the tree of places with the same columns at each level, the day's course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection
from starlette.responses import Response

from edge.decision import OccupancyRule
from edge.web.streams import StreamItem
from edge.web.visit import NotFound
from sync.central.accesses.core import NOTHING, TEN_MINUTES, Occupancy, PlaceFigures, added, rolled_up
from sync.central.accesses.feed import newest_number
from sync.central.accesses.figures import (
    counts_by_device,
    course_of,
    figures_by_site,
    known_between,
    waits_of,
)
from sync.central.accounts.core import Act
from sync.central.alarms.listing import Watcher, open_by_where, watcher_of
from sync.central.devices.core import GateState, GateStateKind, StateWhy
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.dispatch.reading import ToOnWay, to_on_way
from sync.central.flow.core import Inside
from sync.central.flow.core import place as of_place
from sync.central.flow.core import site as of_site
from sync.central.flow.limits import limits_in, policy_limits
from sync.central.flow.reading import course, inside_now
from sync.central.journals.acknowledging import ListedFinding, findings_in, open_findings
from sync.central.places.sight import Sight
from sync.central.places.tree import PlaceNode, path_of, place_tree
from sync.central.tables import device, in_service
from sync.central.units import SECOND
from sync.central.web.alarm_rows import column_of
from sync.central.web.charts import course_chart, inside_chart, waits_chart
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Crumb, Visit, VisitOf
from sync.central.web.watching import midnight

PAGES = Pages()
FIGURES_EVERY = 5 * SECOND
"""The figures of an open page are worked out anew at most so often."""
_MOST_FINDINGS = 9


@dataclass(frozen=True)
class PlaceRow:
    """A line of the tree: how deep it lies, what it lies in (numbers, from above), and its figures."""

    node: PlaceNode
    depth: int
    above: tuple[int, ...]
    figures: PlaceFigures
    has_below: bool


@dataclass(frozen=True)
class OverviewPicture:
    """What the overview shows of what is in `sight`."""

    rows: tuple[PlaceRow, ...]
    whole: PlaceFigures
    findings: tuple[ListedFinding, ...]
    to_on_way: ToOnWay


@PAGES.get("/overview", act=Act.SEE)
def overview(visit: VisitOf) -> Response:
    return _page(
        visit, visit.sight, visit.gettext("Overview"), [(visit.gettext("Overview"), None)], "/overview"
    )


@PAGES.get("/places/{number}", act=Act.SEE)
def place(visit: VisitOf, number: int) -> Response:
    """The same of one place; with what kept people out, by reason."""
    if not 0 <= number < 1 << 62:
        raise NotFound
    with visit.store.reading() as connection:
        if not visit.sight.has_place(connection, number):
            raise NotFound
        path = path_of(connection, number)
        seen = {node.number for node in path if visit.sight.has_place(connection, node.number)}
    crumbs: list[Crumb] = [
        (node.name, f"/places/{node.number}" if node.number != number else None)
        for node in path
        if node.number in seen
    ]
    return _page(visit, Sight(frozenset({number})), path[-1].name, crumbs, f"/places/{number}", path[-1].site)


@PAGES.get("/overview/stream", act=Act.SEE)
def overview_stream(visit: VisitOf) -> Response:
    """The figures of the strip, after something was stored, a few seconds apart."""
    told = 0

    def after(visit: Visit, connection: Connection, key: int, _: int) -> Sequence[StreamItem]:
        nonlocal told
        newest = newest_number(connection)
        if newest <= key or visit.services.wall() - told < FIGURES_EVERY:
            return ()
        told = visit.services.wall()
        picture = _picture(
            connection, visit.sight, watcher_of(visit.actor), visit.services.wall(), visit.zone
        )
        return [StreamItem(newest, visit.text_of("watch/figures.html", "strip", picture), "figures")]

    return stream(visit, newest_number, after)


# --- inside --------------------------------------------------------------------------------


def _page(
    visit: Visit, sight: Sight, title: str, crumbs: Sequence[Crumb], here: str, site: str | None = None
) -> Response:
    today = midnight(visit.now, visit.zone)
    with visit.store.reading() as connection:
        picture = _picture(connection, sight, watcher_of(visit.actor), visit.now, visit.zone)
        now = course_of(connection, sight, today, visit.now)
        before = course_of(connection, sight, midnight(visit.now, visit.zone, 1), today)
        reasons = _reasons(connection, sight, today, visit.now)
        known = known_between(connection, sight)
        waits = waits_of(connection, sight, today, visit.now)
        inside = _inside(visit, connection, picture, today)
        here_place = None if here == "/overview" else next(iter(sight.places))
        alarms = column_of(visit, connection, here_place)
        adds = site is not None and visit.actor.sight(Act.MANAGE_PLACES).has_site(connection, site)
    return visit.page(
        "watch/overview.html",
        title=title,
        crumbs=crumbs,
        picture=picture,
        chart=course_chart(visit, now, before, known),
        waits=waits_chart(visit, waits),
        inside=inside,
        reasons=reasons,
        is_whole=here == "/overview",
        adds_gates_at=site if adds else None,
        alarms=alarms,
        may_acknowledge=visit.actor.may(Act.COMMAND),
    )


def _picture(
    connection: Connection, sight: Sight, watcher: Watcher, now: int, zone: ZoneInfo
) -> OverviewPicture:
    nodes = place_tree(connection, sight)
    sites = figures_by_site(connection, sight, now, midnight(now, zone))
    states = _states_by_site(connection, sight, watcher.care, now)
    probed = _oldest_probes(connection, sight)
    open_ = open_findings(connection, sight)
    of_sites, of_places = open_by_where(connection, watcher, now)
    limits = limits_in(connection, sight, policy_limits(connection, sight))
    inside = inside_now(connection, sight, now)
    for name, figures in sites.items():
        sites[name] = replace(
            figures,
            **_working(states.get(name, ())),
            oldest_probe=probed.get(name),
            findings=open_.get(name, 0),
            alarms=of_sites.get(name, 0),
            occupancy=_occupancy(inside.get(name), limits.rule(of_site(name), now)),
        )
    of_themselves = {number: PlaceFigures(alarms=times) for number, times in of_places.items()}
    rolled = rolled_up(nodes, sites, of_themselves)
    for number, figures in rolled.items():
        rule = limits.rule(of_place(number), now)
        if rule is not None and figures.occupancy is not None:
            own = replace(figures.occupancy, limit=rule.stop or rule.warn, warn=rule.warn)
            rolled[number] = replace(figures, occupancy=own)
    return OverviewPicture(
        _rows(nodes, rolled),
        added(sites.values()),
        tuple(findings_in(connection, sight, count=_MOST_FINDINGS)),
        to_on_way(connection, sight, midnight(now, zone), now),
    )


def _rows(nodes: Sequence[PlaceNode], rolled: Mapping[int, PlaceFigures]) -> tuple[PlaceRow, ...]:
    above: dict[int, tuple[int, ...]] = {}
    parents = {node.parent for node in nodes}
    rows = []
    for node in nodes:
        over = () if node.parent is None else (*above[node.parent], node.parent)
        above[node.number] = over
        rows.append(PlaceRow(node, len(over), over, rolled.get(node.number, NOTHING), node.number in parents))
    return tuple(rows)


def _states_by_site(
    connection: Connection, sight: Sight, care: Sight, now: int
) -> dict[str, list[GateState]]:
    states = gate_states(connection, now, devices=sight.of(device.c.site), care=care)
    found: dict[str, list[GateState]] = {}
    for name, site in connection.execute(
        sa.select(device.c.id, device.c.site).where(sight.of(device.c.site))
    ):
        if name in states:
            found.setdefault(site, []).append(states[name])
    return found


def _oldest_probes(connection: Connection, sight: Sight) -> dict[str, int]:
    """When the gate of each site was probed whose last probe that worked is the oldest."""
    found: dict[str, int] = {}
    probes = probe_of(connection, sight)
    for name, where in connection.execute(sa.select(device.c.id, device.c.site).where(in_service)):
        at = probes[name].worked_at if name in probes else None
        if at is not None:
            found[where] = min(at, found.get(where, at))
    return found


def _working(states: Sequence[GateState]) -> dict[str, Any]:
    """How many of the gates a probe has shown to do their work, and of how many nobody knows yet."""
    return {
        "working": sum(works(state) for state in states),
        "never_probed": sum(is_unproven(state) for state in states),
    }


def works(state: GateState) -> bool:
    """Whether a gate does its work: a probe said so, and nothing speaks against it."""
    return state.kind is GateStateKind.WORKING


def is_unproven(state: GateState) -> bool:
    """Whether nothing speaks against a gate but that it was never probed: nobody knows whether it works."""
    return not works(state) and all(each.why is StateWhy.NEVER_PROBED for each in state.reasons)


def _reasons(connection: Connection, sight: Sight, since: int, until: int) -> list[tuple[str, int]]:
    """What kept people out today: reasons with their counts, the most frequent first."""
    sums: dict[str, int] = {}
    for counts in counts_by_device(connection, sight, since, until).values():
        for reason, times in counts.reasons.items():
            sums[reason] = sums.get(reason, 0) + times
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _occupancy(inside: Inside | None, rule: OccupancyRule | None) -> Occupancy | None:
    """The people inside a site against what bounds it; None where nothing is counted."""
    if inside is None:
        return None
    bounds = (None, None) if rule is None else (rule.stop or rule.warn, rule.warn)
    return Occupancy(inside.inside, *bounds, estimated=inside.is_estimated)


def _inside(
    visit: Visit, connection: Connection, picture: OverviewPicture, today: int
) -> dict[str, Any] | None:
    """The day's course of the people inside, unless this is not one site that counts."""
    sites = [(row.node.site, row.figures.occupancy) for row in picture.rows if row.node.site]
    if len(sites) != 1:
        return None
    [(name, held)] = sites
    if held is None:
        return None
    line = course(connection, of_site(name), today, visit.now, TEN_MINUTES * SECOND, visit.now)
    return inside_chart(visit, today, line.inside, held)
