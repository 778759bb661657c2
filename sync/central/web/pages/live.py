"""The live feed of accesses, and the page of one access."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.streams import StreamItem
from edge.web.visit import NotFound
from sync.central.accesses.accesses import (
    Access,
    AccessFilters,
    AccessKey,
    access_at,
    accesses,
    feed_after,
)
from sync.central.accesses.feed import newest_number
from sync.central.accesses.silence import SILENT_REASON
from sync.central.accounts.core import Act
from sync.central.places.tree import place_tree
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Visit, VisitOf
from sync.central.web.watching import LONGEST, Text, filters_of, query_of, rows_of

PAGES = Pages()
ROWS = 50
Filters = Annotated[AccessFilters, Depends(filters_of)]


@PAGES.get("/live", act=Act.SEE)
def live(visit: VisitOf, filters: Filters, before: Text = "", after: Text = "") -> Response:
    older, newer = key_of(before, tuple[int, int]), key_of(after, tuple[int, int])
    with visit.store.reading() as connection:
        found = accesses(
            connection,
            visit.sight,
            filters,
            before=None if older is None else AccessKey(*older),
            after=None if newer is None else AccessKey(*newer),
            count=ROWS + 1,
            care=visit.actor.sight(Act.CARE),
        )
        shown = found[-ROWS:] if newer is not None and older is None else found[:ROWS]
        rows = rows_of(connection, shown)
        places = place_tree(connection, visit.sight)
        newest = newest_number(connection)
    asked = query_of(filters)
    is_live = older is None and newer is None
    return visit.page(
        "watch/live.html",
        title=visit.gettext("Live"),
        crumbs=[(visit.gettext("Live"), None)],
        rows=rows,
        filters=filters,
        places=places,
        hidden=() if visit.actor.may(Act.CARE) else (SILENT_REASON,),
        stream=f"/live/stream?{asked}&from={newest}" if is_live else None,
        older=_address(asked, "before", shown) if len(found) > ROWS or newer is not None else None,
        newer=None if is_live else _address(asked, "after", shown[:1]),
        newest=None if is_live else f"/live?{asked}",
    )


@PAGES.get("/live/stream", act=Act.SEE)
def live_stream(
    visit: VisitOf,
    filters: Filters,
    begin: Annotated[int | None, Query(alias="from", ge=0, lt=1 << 62)] = None,
) -> Response:
    """The accesses as they are stored, from where the page is: each once."""

    def newest(connection: Connection) -> int:
        return newest_number(connection) if begin is None else begin

    def after(visit: Visit, connection: Connection, key: int, count: int) -> Sequence[StreamItem]:
        found = feed_after(connection, visit.sight, key, count, filters, care=visit.actor.sight(Act.CARE))
        rows = rows_of(connection, found)
        return [
            StreamItem(each.access.number, visit.text_of("watch/rows.html", "access_row", each))
            for each in rows
        ]

    return stream(visit, newest, after)


@PAGES.get("/accesses/{device}/{epoch}/{sequence}", act=Act.SEE)
def access(visit: VisitOf, device: str, epoch: str, sequence: int) -> Response:
    """One access; beside the list it is the side panel."""
    with visit.store.reading() as connection:
        found = _found(connection, visit, device, epoch, sequence)
        (row,) = rows_of(connection, [found])
        today = accesses(
            connection,
            visit.sight,
            AccessFilters(site=found.site, subject=found.subject, until=found.at + 1),
            count=6,
            care=visit.actor.sight(Act.CARE),
        )
        others = rows_of(connection, [each for each in today if each.number != found.number])
        may_see_person = visit.actor.sight(Act.SEE_PERSON).has_site(connection, found.site)
    name = f"{device} {sequence}"
    return visit.page(
        "watch/access.html",
        title=visit.gettext("Access %(number)s", number=name),
        crumbs=[(visit.gettext("Live"), "/live"), (name, None)],
        row=row,
        others=others if found.subject else [],
        may_see_person=may_see_person,
    )


# --- inside --------------------------------------------------------------------------------


def _found(connection: Connection, visit: Visit, device: str, epoch: str, sequence: int) -> Access:
    try:
        name = bytes.fromhex(epoch)
    except ValueError:
        raise NotFound from None
    if not 0 < sequence < 1 << 62 or len(device) > LONGEST:
        raise NotFound
    found = access_at(connection, visit.sight, device, name, sequence, care=visit.actor.sight(Act.CARE))
    if found is None:
        raise NotFound
    return found


def _address(asked: str, direction: str, shown: Sequence[Access]) -> str | None:
    if not shown:
        return None
    key = shown[-1].key if direction == "before" else shown[0].key
    return f"/live?{asked}&{direction}={cursor_of(tuple(key))}"
