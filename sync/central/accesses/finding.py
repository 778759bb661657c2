"""Looks accesses up wherever they lie, in the database or in files: a few, the newest or the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from sync.central.accesses.tables import access
from sync.central.history.moved import Row, WantedAccesses, has_moved, key_of, moved_accesses

Found = Row
"""An access by the names of the table's columns."""


def find_accesses(
    connection: sa.Connection, sites: Sequence[str] | None, wanted: WantedAccesses
) -> list[Found]:
    """The accesses of `sites` (None: of all) that are `wanted`, in their order: the same before and after
    they moved. Raises HistoryError where a file that may have some is not what was written.
    """
    is_newest = wanted.order == "newest"
    order = (access.c.at.desc(), access.c.number.desc()) if is_newest else (access.c.at, access.c.number)
    here = [] if sites is None else [access.c.site.in_(sites)]
    query = sa.select(access).where(*here, *_conditions(wanted)).order_by(*order).limit(wanted.count)
    # The database first: what moves meanwhile is found in a file then, and is at most found twice.
    found: dict[Any, Found] = {row["number"]: dict(row) for row in connection.execute(query).mappings()}
    if not has_moved(connection):
        return [*found.values()]
    found |= {row["number"]: row for row in moved_accesses(connection, sites, wanted)}
    return sorted(found.values(), key=key_of, reverse=is_newest)[: wanted.count]


# --- inside --------------------------------------------------------------------------------


def _conditions(wanted: WantedAccesses) -> Iterator[sa.ColumnElement[bool]]:
    for name, value in wanted.equal.items():
        yield access.c[name] == value
    for name, values in wanted.among.items():
        yield access.c[name].in_(values)
    for name, begin in wanted.begins.items():
        yield access.c[name].startswith(begin, autoescape=True)
    for name in wanted.there:
        yield access.c[name].is_not(None)
    if wanted.since is not None:
        yield access.c.at >= wanted.since
    if wanted.until is not None:
        yield access.c.at < wanted.until
    key = sa.tuple_(access.c.at, access.c.number)
    if wanted.before is not None:
        yield key < sa.tuple_(*map(sa.literal, wanted.before))
    if wanted.after is not None:
        yield key > sa.tuple_(*map(sa.literal, wanted.after))
