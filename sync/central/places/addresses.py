"""Stores the address codes of sites: imports, lists, finds; says which addresses no code names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from edge.admin.imports.tables import read_table
from edge.support.phrases import Phrase, phrase
from sync.central.batched import batched
from sync.central.places.core import (
    AddressFault,
    AddressKind,
    AddressPlan,
    AddressRow,
    in_order,
    kind_of,
    normal_address,
    plan_addresses,
)
from sync.central.places.sight import Sight
from sync.central.places.tables import address
from sync.central.store import StoreError
from sync.central.tables import site

_COLUMNS = ("building", "unit", "room")


@dataclass(frozen=True)
class Address:
    """A building, unit or room of a site. `position` is what lists are sorted and paged by."""

    site: str
    code: str
    kind: AddressKind
    position: str


@dataclass(frozen=True)
class AddressImport:
    """An import that is planned: for which site, out of what, and what it would do."""

    site: str
    source: Phrase
    plan: AddressPlan


@dataclass(frozen=True)
class AddressTable:
    """The rows of a table of addresses, and what kind of table it was."""

    kind: Phrase
    rows: tuple[AddressRow, ...]


def read_addresses(file: Path) -> AddressTable:
    """The table in `file`, CSV or a workbook. Raises RegistryError.

    A workbook takes seconds: it is read before the transaction in which it is planned.
    """
    table = read_table(file, _COLUMNS, ("building",))
    rows = (
        AddressRow(line, row.get("building", ""), row.get("unit", ""), row.get("room", ""), row.problem)
        for line, row in table.rows
    )
    return AddressTable(table.kind, tuple(rows))


def plan_import(connection: sa.Connection, site_id: str, table: AddressTable) -> AddressImport:
    """What an import of `table` would do; nothing is changed. Raises StoreError."""
    _check_site(connection, site_id)
    held = connection.execute(sa.select(address.c.code).where(address.c.site == site_id)).scalars()
    return AddressImport(site_id, table.kind, plan_addresses(table.rows, frozenset(held)))


def apply_import(connection: sa.Connection, wanted: AddressImport, *, without_wrong: bool = False) -> int:
    """Add the codes of an import; returns how many. Raises StoreError where a line of it is wrong, unless it
    is to be taken `without_wrong` lines.
    """
    plan = wanted.plan
    if plan.problems and not without_wrong:
        first = plan.problems[0].said
        raise StoreError(
            phrase(
                "nothing was imported: %(count)s lines are wrong, the first is %(first)s",
                count=len(plan.problems),
                first=first,
            ),
            remedy=phrase("correct them, or take the others without them"),
        )
    return add_addresses(connection, wanted.site, (*plan.completed, *plan.named))


def add_addresses(connection: sa.Connection, site_id: str, codes: Iterable[str]) -> int:
    """Add codes in their normal form that are not there yet; returns how many."""
    rows = [
        {"site": site_id, "code": code, "kind": kind_of(code), "position": in_order(code)} for code in codes
    ]
    if rows:
        connection.execute(sa.insert(address), rows)
    return len(rows)


def remove_address(connection: sa.Connection, site_id: str, code: str) -> int:
    """Remove a code with all that lies in it; returns how many. Raises StoreError if it is not there."""
    within = address.c.code.startswith(f"{code}/", autoescape=True)
    gone = connection.execute(
        sa.delete(address).where(address.c.site == site_id, (address.c.code == code) | within)
    )
    if not gone.rowcount:
        raise StoreError(
            phrase("there is no address %(code)r at %(site)r", code=code, site=site_id),
            remedy=phrase("gatepost central address list"),
        )
    return gone.rowcount


def addresses(
    connection: sa.Connection,
    sight: Sight,
    site_id: str,
    *,
    within: str = "",
    after: str = "",
    count: int = 100,
) -> list[Address]:
    """The first `count` codes of a site after the position `after`, in the order in which people count:
    those that begin with `within`.
    """
    query = (
        sa.select(address)
        .where(address.c.site == site_id, sight.of(address.c.site), address.c.position > after)
        .order_by(address.c.position)
        .limit(count)
    )
    if within:
        query = query.where(address.c.code.startswith(within, autoescape=True))
    return [
        Address(row.site, row.code, AddressKind(row.kind), row.position) for row in connection.execute(query)
    ]


def address_counts(connection: sa.Connection, sight: Sight) -> dict[str, dict[AddressKind, int]]:
    """How many buildings, units and rooms each site in sight has; a site without any is not among them."""
    query = sa.select(address.c.site, address.c.kind, sa.func.count().label("times")).where(
        sight.of(address.c.site)
    )
    found: dict[str, dict[AddressKind, int]] = {}
    for row in connection.execute(query.group_by(address.c.site, address.c.kind)):
        found.setdefault(row.site, dict.fromkeys(AddressKind, 0))[AddressKind(row.kind)] = row.times
    return found


def unlisted(connection: sa.Connection, site_id: str, given: Sequence[str]) -> frozenset[str]:
    """Those of the `given` addresses that no code of the site names, as they were given; none where the site
    has no codes, or nothing is given.
    """
    codes = {text: _read(text) for text in given if text}
    if not codes or not addresses_exist(connection, site_id):
        return frozenset()
    held: set[str] = set()
    wanted = sorted({code for code in codes.values() if code})
    for some in batched(wanted):
        query = sa.select(address.c.code).where(address.c.site == site_id, address.c.code.in_(some))
        held.update(connection.execute(query).scalars())
    return frozenset(text for text, code in codes.items() if code not in held)


def addresses_exist(connection: sa.Connection, site_id: str) -> bool:
    """Whether the site has any address code."""
    query = sa.select(sa.literal(1)).where(address.c.site == site_id).limit(1)
    return connection.execute(query).first() is not None


# --- inside --------------------------------------------------------------------------------


def _read(text: str) -> str | None:
    try:
        return normal_address(text)
    except AddressFault:
        return None


def _check_site(connection: sa.Connection, site_id: str) -> None:
    if connection.execute(sa.select(site.c.id).where(site.c.id == site_id)).first() is None:
        raise StoreError(
            phrase("there is no site %(site)r", site=site_id), remedy=phrase("gatepost central site set")
        )
