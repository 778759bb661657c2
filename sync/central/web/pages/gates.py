"""The wall of gates, and the page of one gate with its journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.event_words import in_words
from edge.web.rendering import path
from edge.web.visit import NotFound
from sync.central.accesses.accesses import AccessFilters, access_at, accesses
from sync.central.accesses.figures import GateAccesses, counts_by_device, last_accesses
from sync.central.accounts.core import Act
from sync.central.devices.core import (
    Backlog,
    GateState,
    Probe,
    StateReason,
    backlog_in,
    catching_up,
)
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.entry_holds.reaching import reaching_holds
from sync.central.flow.core import gate as of_gate
from sync.central.journals.acknowledging import findings_in
from sync.central.journals.pages import JournalPage, epochs_of, journal_page
from sync.central.journals.silence import MOST_SKIPPED, usual_page
from sync.central.places.naming import NAMED_SITES, SITE_NAME
from sync.central.places.sight import Sight
from sync.central.places.tree import path_of
from sync.central.tables import device, publication, site
from sync.central.units import HOUR
from sync.central.web.adopting import computer_of, has_door, people_known_at
from sync.central.web.gate_lanes import lanes_of
from sync.central.web.pages.overview import is_unproven, works
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf
from sync.central.web.watching import LONGEST, AccessRow, Text, midnight, rows_of

PAGES = Pages()
ROWS = 50
_HOURS = (24, 12, 6, 3, 1)


@dataclass(frozen=True)
class GateRow:
    """A gate on the wall. `probe` is None until one came; `heard_at` is the gate's last word, `started` since
    when its sync process runs, as it said then.
    """

    device: str
    gate: str
    site: str
    site_name: str
    zone: str
    state: GateState
    probe: Probe | None
    heard_at: int | None
    last_access: int | None
    version: int | None
    published_at: int | None
    software: str
    clock_offset: int | None
    waiting: int
    backlog: Backlog | None
    counts: GateAccesses
    started: int | None = None

    @property
    def works(self) -> bool:
        return works(self.state)

    def trouble(self, why: str) -> StateReason | None:
        """What is wrong with one part of the gate, as far as the gate said."""
        return next((each for each in self.state.reasons if each.why.value == why), None)

    @property
    def is_unproven(self) -> bool:
        return is_unproven(self.state)


@PAGES.get("/gates", act=Act.SEE)
def gates(visit: VisitOf, show: Annotated[str, Query(max_length=16)] = "") -> Response:
    """The wall: what needs somebody as cards, the others as cells at fixed places."""
    with visit.store.reading() as connection:
        rows = gate_rows(visit, connection)
    needing = [row for row in rows if _needs_somebody(row)]
    sites: dict[tuple[str, str], list[GateRow]] = {}
    for row in rows:
        sites.setdefault((row.site, row.site_name), []).append(row)
    chosen = _CHOICES.get(show, _needs_somebody)
    return visit.page(
        "watch/gates.html",
        title=visit.gettext("Gates"),
        crumbs=[(visit.gettext("Gates"), None)],
        rows=rows,
        returning=catching_up([row.backlog for row in rows if row.backlog is not None], visit.now),
        cards=[row for row in rows if chosen(row)],
        needing=len(needing),
        unproven=sum(row.is_unproven for row in rows),
        counts={name: sum(choice(row) for row in rows) for name, choice in _CHOICES.items()},
        show=show if show in _CHOICES else "",
        sites=sites,
    )


@PAGES.get("/gates/{device}", act=Act.SEE)
def gate(
    visit: VisitOf,
    device: str,
    epoch: Text = "",
    before: int | None = None,
    skipped: Annotated[int, Query(ge=0, le=MOST_SKIPPED)] = 0,
    hours: int = _HOURS[0],
) -> Response:
    """One gate: its facts, its day on one axis of time, its journal with what is missing at its place. Who
    may not know of a silent alarm sees no event's number, and goes back by lines, `skipped` so many.
    """
    hours = hours if hours in _HOURS else _HOURS[0]
    with visit.store.reading() as connection:
        found = [row for row in gate_rows(visit, connection, device) if row.device == device]
        if not found or len(device) > LONGEST:
            raise NotFound
        (row,) = found
        care = visit.actor.sight(Act.CARE)
        is_numbered = care.has_site(connection, row.site)
        journal = _journal if is_numbered else _usual_journal
        page, older = journal(connection, visit, _Wanted(device, *_asked(epoch, before), skipped))
        if page is None and epoch:
            raise NotFound
        epochs = epochs_of(connection, device)
        lanes = lanes_of(connection, visit, device, hours)
        shown = {each.access.sequence: each for each in _accesses_of(connection, visit, page, row, care)}
        findings = findings_in(connection, visit.sight, device_id=device, count=20)
        places = path_of(connection, _place_of(connection, row.site))
        manages = visit.actor.sight(Act.MANAGE_PLACES).has_site(connection, row.site)
        computer = computer_of(connection, device) if manages else None
        people = people_known_at(connection, row.site) if manages else 0
        held = [each for each in reaching_holds(connection, visit.now) if each.reaches(of_gate(device))]
    return visit.page(
        "watch/gate.html",
        title=f"{row.site_name} · {row.gate}",
        crumbs=[*((node.name, None) for node in places), (row.gate, None)],
        row=row,
        returning=None if row.backlog is None else catching_up([row.backlog], visit.now),
        page=page,
        older=older,
        is_numbered=is_numbered,
        epochs=epochs,
        shown=shown,
        told=lambda entry: in_words(entry, visit.gettext),
        findings=findings,
        held=held,
        lanes=lanes,
        since=visit.now - hours * HOUR,
        hours=hours,
        closer=next((each for each in _HOURS if each < hours), None),
        wider=next((each for each in reversed(_HOURS) if each > hours), None),
        commands=f"/gates/{path(device)}/commands",
        computer=computer,
        people=people,
        has_door=has_door(visit),
    )


def gate_rows(visit: Visit, connection: Connection, only: str | None = None) -> list[GateRow]:
    """The gates in sight that are not retired, by site and gate."""
    in_sight = visit.sight.of(device.c.site)
    if only is not None:
        in_sight &= device.c.id == only
    care = visit.actor.sight(Act.CARE)
    states = gate_states(connection, visit.now, devices=in_sight, care=care)
    today = midnight(visit.now, visit.zone)
    counts = counts_by_device(connection, visit.sight, today, visit.now + HOUR)
    query = (
        sa.select(device, SITE_NAME, site.c.time_zone, publication.c.version, publication.c.at)
        .select_from(NAMED_SITES)
        .join(device, device.c.site == site.c.id)
        .outerjoin(publication, publication.c.site == site.c.id)
        .where(in_sight, device.c.retired_at.is_(None))
        .order_by(SITE_NAME, site.c.id, device.c.gate, device.c.id)
    )
    rows = connection.execute(query).mappings().all()
    last = last_accesses(connection, [row["id"] for row in rows])
    probes = probe_of(connection, visit.sight)
    return [_row(row, states, probes, counts, last) for row in rows]


# --- inside --------------------------------------------------------------------------------


def _row(
    row: Any,
    states: Mapping[str, GateState],
    probes: Mapping[str, Probe],
    counts: Mapping[str, GateAccesses],
    last: Mapping[str, int],
) -> GateRow:
    name = row["id"]
    return GateRow(
        name,
        row["gate"],
        row["site"],
        row["name"],
        row["time_zone"],
        states.get(name, GateState()),
        probes.get(name),
        row["last_seen"],
        last.get(name),
        row["registry_version"],
        row["at"] if row["registry_version"] == row["version"] else None,
        row["software"] or "",
        row["clock_offset"],
        row["waiting"] or 0,
        backlog_in(row["health"]),
        counts.get(name, GateAccesses()),
        (row["health"] or {}).get("started") or None,
    )


def _needs_somebody(row: GateRow) -> bool:
    return not (row.works or row.is_unproven)


def _has(*whys: str) -> Any:
    return lambda row: any(each.why.value in whys for each in row.state.reasons)


_MANY_OVERRIDES = 0.03
_CHOICES: Mapping[str, Any] = {
    "": _needs_somebody,
    "all": lambda _: True,
    "probe": _has("probe_late", "probe_failed", "never_probed"),
    "link": _has("no_link", "never_seen"),
    "registry": _has("registry_old", "registry_expired"),
    "overrides": lambda row: (row.counts.override_share or 0) > _MANY_OVERRIDES,
}


@dataclass(frozen=True)
class _Wanted:
    """Which part of a journal is asked for."""

    device: str
    epoch: bytes | None
    before: int | None
    skipped: int


def _asked(epoch: str, before: int | None) -> tuple[bytes | None, int | None]:
    try:
        wanted = bytes.fromhex(epoch) if epoch else None
    except ValueError:
        raise NotFound from None
    if before is not None and not 0 < before < 1 << 62:
        raise NotFound
    return wanted, before


def _journal(connection: Connection, _: Visit, of: _Wanted) -> tuple[JournalPage | None, str | None]:
    """The page, and the address of what is older."""
    page = journal_page(connection, of.device, of.epoch, of.before, ROWS)
    if page is None or page.older is None:
        return page, None
    return page, f"?epoch={page.epoch.hex()}&before={page.older}"


def _usual_journal(
    connection: Connection, visit: Visit, of: _Wanted
) -> tuple[JournalPage | None, str | None]:
    """The same without what is silent. It begins at an access, whose number its own page shows, or with what
    is newest: from any other number on, it would tell which numbers are left out.
    """
    before = of.before
    if before is not None:
        known = of.epoch is not None and access_at(
            connection, visit.sight, of.device, of.epoch, before - 1, care=visit.actor.sight(Act.CARE)
        )
        before = before if known else None
    found = usual_page(connection, of.device, of.epoch, before, of.skipped, ROWS)
    if found is None:
        return None, None
    begin = f"&before={before}" if before is not None else ""
    more = f"?epoch={found.page.epoch.hex()}{begin}&skipped={found.older}"
    return found.page, more if found.older is not None else None


def _place_of(connection: Connection, name: str) -> int:
    found: int = connection.execute(sa.select(site.c.place).where(site.c.id == name)).scalar_one()
    return found


def _accesses_of(
    connection: Connection, visit: Visit, page: JournalPage | None, row: GateRow, care: Sight
) -> list[AccessRow]:
    """The accesses among the events of a page."""
    times = [each.entry.at for each in page.rows if each.entry is not None] if page else []
    if not times:
        return []
    filters = AccessFilters(device=row.device, since=min(times), until=max(times) + 1)
    found = accesses(connection, visit.sight, filters, count=4 * ROWS, care=care)
    return rows_of(connection, [each for each in found if page is not None and each.epoch == page.epoch])
