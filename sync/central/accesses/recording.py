"""Keeps the rows of accesses as the journals' events come and go, in the transaction that stores those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from edge.journal.format import Entry, PressNamed, understood
from sync.central.accesses.core import (
    OF_ACCESSES,
    AccessFacts,
    AccessMeans,
    CountedAccess,
    SpanCount,
    SpanKey,
    counts_of,
    facts_of,
)
from sync.central.accesses.feed import hold_the_feed
from sync.central.accesses.tables import access, access_count
from sync.central.bulk import insert_rows
from sync.central.newer import word_of
from sync.central.people.tables import erasure
from sync.central.tables import device as devices
from sync.central.tables import subject


class AccessFollower:
    """Follows the journals, and keeps a row for each access, and their counts."""

    kinds = OF_ACCESSES | {PressNamed.kind.value}

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        found = [(item, facts) for item in entries if (facts := facts_of(item.kind, item.body)) is not None]
        if found:
            _keep(connection, device, chain, found, now)
        _name_presses(connection, chain, entries)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        _forget(connection, chain, sequences)


def count_anew(connection: sa.Connection, chain: int, rows: Sequence[sa.Row[Any]], outcome: str) -> None:
    """Count these rows of accesses as what turned out to be their `outcome`."""
    _count_out(connection, chain, rows)
    _count(connection, chain, counts_of(_counted(row, outcome) for row in rows))


# --- inside --------------------------------------------------------------------------------


def _forget(connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
    those = (access.c.chain == chain) & access.c.sequence.in_(sequences)
    gone = connection.execute(sa.select(access).where(those)).all()
    if not gone:
        return
    connection.execute(sa.delete(access).where(those))
    _count_out(connection, chain, gone)


def _count_out(connection: sa.Connection, chain: int, rows: Iterable[sa.Row[Any]]) -> None:
    taken = counts_of(_counted(row, row.outcome) for row in rows)
    _count(
        connection, chain, {key: SpanCount(-times, -late, None) for key, (times, late, _) in taken.items()}
    )


def _counted(row: sa.Row[Any], outcome: str) -> CountedAccess:
    facts = AccessFacts(outcome, row.reason, row.rule, word_of(AccessMeans, row.means), waited=row.waited)
    return CountedAccess(row.at, row.received_at, facts)


def _keep(
    connection: sa.Connection, device: str, chain: int, found: Sequence[tuple[Entry, AccessFacts]], now: int
) -> None:
    place = connection.execute(_PLACE, {"of_device": device}).one()
    hold_the_feed(connection)
    ended = _erased(connection, place.site, {facts.subject for _, facts in found if facts.subject})
    fixed = {"chain": chain, "received_at": now, "device": device, "site": place.site, "gate": place.gate}
    rows = [_row(entry, facts, ended) | fixed for entry, facts in found]
    insert_rows(connection, access, rows)
    _count(connection, chain, counts_of(CountedAccess(entry.at, now, facts) for entry, facts in found))


_PLACE = sa.select(devices.c.site, devices.c.gate).where(devices.c.id == sa.bindparam("of_device"))


def _erased(connection: sa.Connection, site: str, named: Collection[str]) -> dict[str, int]:
    """Those of `named` who were erased, and until when an access of theirs names nobody: a journal that comes
    late would bring them back. Who was added again is named from then on.
    """
    rows = connection.execute(_ERASED, {"at_site": site, "named": [*named]}).all() if named else ()
    return {name: at if is_back else _FOR_EVER for name, at, is_back in rows}


_ERASED = (
    sa.select(erasure.c.subject, sa.func.max(erasure.c.at), sa.func.max(subject.c.id))
    .outerjoin(subject, (subject.c.site == erasure.c.site) & (subject.c.id == erasure.c.subject))
    .where(
        erasure.c.site == sa.bindparam("at_site"),
        erasure.c.subject.in_(sa.bindparam("named", expanding=True)),
    )
    .group_by(erasure.c.subject)
)
_FOR_EVER = 2**63 - 1


def _row(entry: Entry, facts: AccessFacts, ended: Mapping[str, int]) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "direction": facts.direction,
        "outcome": facts.outcome,
        "reason": facts.reason,
        "rule": facts.rule,
        "subject": None if entry.at <= ended.get(facts.subject or "", -1) else facts.subject,
        "means": facts.means.value,
        "registry": facts.registry,
        "waited": facts.waited,
        "inside": facts.inside,
        "staff": facts.staff,
        "why": facts.why,
    }


def _name_presses(connection: sa.Connection, chain: int, arrived: Sequence[Entry]) -> None:
    """Put a name to what the wired button opened, where somebody gave it afterwards."""
    for entry in arrived:
        named = understood(entry) if entry.kind == PressNamed.kind else None
        if isinstance(named, PressNamed):
            why = named.text if named.reason == "typed" else named.reason
            values = {"of_chain": chain, "press": named.press, "within": named.press + OPENS_WITHIN}
            connection.execute(_NAMED, values | {"by": named.staff[:128], "because": why[:128]})


OPENS_WITHIN = 8
"""Events after the button's within which the barrier opens for it."""
_opened = access.alias()
_NAMED = (
    sa.update(access)
    .where(
        access.c.number
        == sa.select(sa.func.min(_opened.c.number))
        .where(
            _opened.c.chain == sa.bindparam("of_chain"),
            _opened.c.sequence > sa.bindparam("press"),
            _opened.c.sequence <= sa.bindparam("within"),
            _opened.c.reason == "override",
        )
        .scalar_subquery(),
        access.c.staff.is_(None),
    )
    .values(staff=sa.bindparam("by"), why=sa.bindparam("because"))
)


def _count(connection: sa.Connection, chain: int, counts: Mapping[SpanKey, SpanCount]) -> None:
    rows = [{"chain": chain} | key._asdict() | count._asdict() for key, count in counts.items()]
    insert_rows(connection, access_count, rows, _add)


def _add(insert: Any) -> Any:
    held, more = access_count.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["chain", "span", "begin", "what"],
        set_={
            "times": held.times + more.times,
            "late": held.late + more.late,
            "corrected_at": sa.func.coalesce(more.corrected_at, held.corrected_at),
        },
    )
