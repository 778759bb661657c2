"""Seals anew what the database keeps under a site's template key, which central itself never has.

Called by whoever has the keys: an administrator's command beside the authority.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from edge.enrolling import paper_sealed_anew
from edge.errors import RegistryError
from edge.registry.format import SealedTemplate, sealed_anew
from edge.support.decoding import msgpack_of
from sync.central.changes.applying import hold_sites
from sync.central.changes.core import Change, NewerChange, PutTemplates, decoded, encoded
from sync.central.changes.tables import change_part, change_set
from sync.central.enrolments.tables import enrolment_request
from sync.central.tables import template

_CHUNK = 5_000


@dataclass(frozen=True)
class Sealed:
    """How many templates of people were sealed anew, how many requests of gates and changes that wait; and
    what no key opened, by whom it is about.
    """

    templates: int = 0
    requests: int = 0
    changes: int = 0
    closed: tuple[str, ...] = ()


def seal_site_anew(connection: sa.Connection, site: str, keys: Sequence[bytes]) -> Sealed:
    """Seal all of a site under the first of `keys`, of which any may have sealed it. Once more changes
    nothing.
    """
    hold_sites(connection, [site])
    found = _templates(connection, site, keys)
    found = _requests(connection, site, keys, found)
    return _waiting(connection, site, keys, found)


def _templates(connection: sa.Connection, site: str, keys: Sequence[bytes]) -> Sealed:
    count, closed = 0, list[str]()
    change = (
        sa.update(template)
        .where(
            template.c.site == site,
            template.c.subject == sa.bindparam("who"),
            template.c.number == sa.bindparam("which"),
        )
        .values(record=sa.bindparam("sealed"))
    )
    for rows in _each_chunk(connection, site):
        changed = []
        for row in rows:
            again = _anew(msgpack_of(bytes(row.record), SealedTemplate), site, keys, closed.append)
            if again is not None:
                record = msgspec.msgpack.encode(again)
                changed.append({"who": row.subject, "which": row.number, "sealed": record})
        if changed:
            connection.execute(change, changed)
        count += len(changed)
    return Sealed(count, closed=tuple(closed))


def _each_chunk(connection: sa.Connection, site: str) -> Iterator[Sequence[Any]]:
    """The templates of a site, so many at a time."""
    after: tuple[str, int] = ("", -1)
    place = sa.tuple_(template.c.subject, template.c.number)
    columns = sa.select(template.c.subject, template.c.number, template.c.record)
    while True:
        query = columns.where(template.c.site == site, place > sa.tuple_(*after))
        query = query.order_by(template.c.subject, template.c.number).limit(_CHUNK)
        rows = connection.execute(query).all()
        if not rows:
            return
        yield rows
        after = (rows[-1].subject, rows[-1].number)


def _requests(connection: sa.Connection, site: str, keys: Sequence[bytes], found: Sealed) -> Sealed:
    """What gates ask: the templates of those that wait, and every paper."""
    table, count, closed = enrolment_request.c, 0, list(found.closed)
    query = sa.select(table.id, table.subject, table.templates, table.paper).where(table.site == site)
    for row in connection.execute(query).all():
        held = msgpack_of(bytes(row.templates), tuple[SealedTemplate, ...])
        again = tuple(_anew(each, site, keys, closed.append) or each for each in held)
        paper = bytes(row.paper)
        try:
            sealed = paper_sealed_anew(paper, bytes(row.id), keys=keys) if paper else paper
        except RegistryError:
            sealed = paper
            closed.append(row.subject)
        if again != held or sealed != paper:
            values = {"templates": msgspec.msgpack.encode(again), "paper": sealed}
            connection.execute(sa.update(enrolment_request).where(table.id == row.id).values(values))
            count += 1
    return replace(found, requests=count, closed=tuple(closed))


def _waiting(connection: sa.Connection, site: str, keys: Sequence[bytes], found: Sealed) -> Sealed:
    """The changes that wait for a second person."""
    count, closed = 0, list(found.closed)
    of_site = sa.select(change_part.c.change_set).where(change_part.c.site == site)
    query = sa.select(change_set.c.number, change_set.c.content).where(
        change_set.c.content.is_not(None), change_set.c.number.in_(of_site)
    )
    for row in connection.execute(query).all():
        held = decoded(bytes(row.content))
        again = tuple(_changed(item, site, keys, closed.append) for item in held)
        if any(isinstance(item, NewerChange) and item.site == site for item in held):
            closed.append(f"change {row.number}, which a newer version of the centre wrote")
        if again != held:
            where = change_set.c.number == row.number
            connection.execute(sa.update(change_set).where(where).values(content=encoded(again)))
            count += 1
    return replace(found, changes=count, closed=tuple(closed))


def _changed(
    item: Change | NewerChange, site: str, keys: Sequence[bytes], closed: Callable[[str], None]
) -> Change | NewerChange:
    if not isinstance(item, PutTemplates) or item.site != site:
        return item
    again = tuple(_anew(each, site, keys, closed) or each for each in item.templates)
    return msgspec.structs.replace(item, templates=again)


def _anew(
    held: SealedTemplate, site: str, keys: Sequence[bytes], closed: Callable[[str], None]
) -> SealedTemplate | None:
    """The template under the first key; None where it is so already, or nothing opens it."""
    try:
        again = sealed_anew(held, keys, site=site)
    except RegistryError:
        closed(held.subject_id)
        return None
    return None if again is held else again
