"""Keeps the exits of people in isolation as the journals' events come and go, and tells the alarms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from edge.decision import Direction
from edge.journal.format import OWN_FIELDS, AccessDecided, Entry, entry_from
from sync.central.accesses.tables import access
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import raise_cues
from sync.central.isolation.core import (
    BY_EXCEPTION,
    KINDS,
    NOTHING,
    REACH,
    Aftermath,
    How,
    Ordered,
    aftermath_of,
    how_of,
    in_force,
    is_excepted,
    tells_isolation,
)
from sync.central.isolation.registry import version_with
from sync.central.isolation.tables import isolation_exit
from sync.central.people.isolations import isolation_history
from sync.central.people.tables import isolation_change
from sync.central.store import insert_unless_there
from sync.central.tables import chain as chains
from sync.central.tables import event

_STAFF = "staff"
"""How somebody got out whom staff let out after the gate had not."""


class IsolationFollower:
    """Follows the journals, after the follower of accesses: it goes by the rows that are kept there."""

    kinds = KINDS | {AccessDecided.kind.value}

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        del device
        cues = [*_new_exits(connection, chain, entries, now)]
        first, last = entries[0].sequence, entries[-1].sequence
        cues += _settle(connection, chain, first - REACH, last)
        raise_cues(connection, cues, now)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        gone = {*sequences}
        those = (isolation_exit.c.chain == chain) & isolation_exit.c.sequence.in_(gone)
        connection.execute(sa.delete(isolation_exit).where(those))
        # What they told of other exits is taken back; nobody is alarmed by that.
        _settle(connection, chain, min(gone) - REACH, max(gone), without=gone)


# --- inside --------------------------------------------------------------------------------

# Asked of every batch, and mostly in vain: they are made once.
_BETWEEN = sa.between(access.c.sequence, sa.bindparam("first"), sa.bindparam("last"))
_OUTWARD = sa.select(access).where(
    access.c.chain == sa.bindparam("of_chain"), _BETWEEN, access.c.direction == Direction.EXIT.value
)
_ORDERED = _OUTWARD.where(
    sa.exists().where(
        isolation_change.c.site == access.c.site, isolation_change.c.subject == access.c.subject
    )
)
_TOLD = _OUTWARD.where(access.c.sequence.in_(sa.bindparam("told", expanding=True)))
_EXITS = sa.select(isolation_exit).where(
    isolation_exit.c.chain == sa.bindparam("of_chain"),
    isolation_exit.c.sequence.between(sa.bindparam("first"), sa.bindparam("last")),
)


def _new_exits(connection: sa.Connection, chain: int, entries: Sequence[Entry], now: int) -> Iterator[Cue]:
    decided = [each.sequence for each in entries if each.kind == AccessDecided.kind]
    if not decided:
        return
    told = {each.sequence for each in entries if tells_isolation(each.kind, each.body)}
    of_these = {"of_chain": chain, "first": decided[0], "last": decided[-1]}
    rows = [*connection.execute(_ORDERED, of_these)]
    if told:
        known = {row.sequence for row in rows}
        rows += connection.execute(_TOLD, of_these | {"told": [*told - known]})
    for row in rows:
        history = _history(connection, row.site, row.subject)
        held = in_force(history, row.at)
        how = _how(connection, row, held, told=row.sequence in told)
        if how is not None:
            yield from _keep(connection, row, held, how, now)


def _history(connection: sa.Connection, site: str, subject: str | None) -> list[Ordered]:
    if subject is None:
        return []
    known = isolation_history(connection, site, [subject]).get(subject, [])
    return [Ordered(each.number, each.at, each.order) for each in known]


def _how(connection: sa.Connection, row: sa.Row[Any], held: Ordered | None, *, told: bool) -> How | None:
    needed = None if held is None else version_with(connection, row.site, held.number)
    return how_of(
        row.outcome,
        told=told,
        ordered=held is not None,
        excepted=held is not None and is_excepted(held, row.at),
        knew=needed is not None and row.registry is not None and row.registry >= needed.version,
    )


def _keep(
    connection: sa.Connection, row: sa.Row[Any], held: Ordered | None, how: How, now: int
) -> Iterator[Cue]:
    names = ("chain", "sequence", "at", "site", "device", "gate", "subject", "reason", "registry")
    values = {name: getattr(row, name) for name in names} | {"received_at": now, "how": how.value}
    values["ordered"] = None if held is None else held.number
    kept = insert_unless_there(connection, isolation_exit, "sequence")
    if connection.execute(kept, values).first() is not None:
        yield _cue(values, how.value, row.at, ((row.chain, row.sequence),))


def _settle(
    connection: sa.Connection, chain: int, first: int, last: int, without: Collection[int] = frozenset()
) -> list[Cue]:
    """Have each exit from `first` to `last` say what became of it; returns cues for what is new."""
    of_these = {"of_chain": chain, "first": first, "last": last}
    return [
        cue
        for row in connection.execute(_EXITS, of_these).mappings().all()
        for cue in _settle_one(connection, dict(row), without)
    ]


def _settle_one(connection: sa.Connection, row: dict[str, Any], without: Collection[int]) -> Iterator[Cue]:
    chain, sequence = row["chain"], row["sequence"]
    after = [each for each in _after(connection, chain, sequence) if each.sequence not in without]
    found, before = aftermath_of(sequence, after), Aftermath(**{name: row[name] for name in asdict(NOTHING)})
    if found == before:
        return
    this = (isolation_exit.c.chain == chain) & (isolation_exit.c.sequence == sequence)
    connection.execute(sa.update(isolation_exit).where(this).values(asdict(found)))
    if row["how"] in {how.value for how in BY_EXCEPTION}:
        return  # who has an exception may go
    for what, then, was, at in (
        (_STAFF, found.let_out, before.let_out, found.let_out_at),
        ("passed", found.passed, before.passed, found.passed_at),
    ):
        if then is not None and was is None and at is not None:
            yield _cue(row, what, at, ((chain, then), (chain, sequence)))


def _after(connection: sa.Connection, chain: int, sequence: int) -> list[Entry]:
    query = (
        sa.select(event, chains.c.epoch, chains.c.gate)
        .join(chains, chains.c.number == event.c.chain)
        .where(
            event.c.chain == chain,
            event.c.sequence.between(sequence + 1, sequence + REACH),
            event.c.kind.in_(KINDS),
        )
    )
    rows = connection.execute(query)
    return [entry_from(row.epoch, row.gate, [getattr(row, name) for name in OWN_FIELDS]) for row in rows]


def _cue(row: dict[str, Any], what: str, at: int, evidence: tuple[tuple[int, int], ...]) -> Cue:
    """One alarm for an order: whoever tries again adds to it."""
    ordered = row["ordered"]
    key = f"order {ordered}" if ordered is not None else f"event {row['chain']}.{row['sequence']}"
    is_exception = row["how"] in {how.value for how in BY_EXCEPTION}
    kind = AlarmKind.ISOLATION_EXCEPTION if is_exception else AlarmKind.ISOLATION_EXIT
    return Cue(kind, row["site"], row["device"], key, at, row["subject"], evidence, {"how": what})
