"""Says of an access that the lane refused what was granted, in whatever order the events come: nobody passed
by it, and every reader who asks for grants finds none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from edge.journal.format import (
    OWN_FIELDS,
    AccessDecided,
    Entry,
    LaneGrantRefused,
    StaffActTaken,
    entry_from,
    refused_shut,
    understood,
)
from sync.central.accesses.core import GRANTED, REFUSED
from sync.central.accesses.recording import count_anew
from sync.central.accesses.tables import access
from sync.central.batched import batched
from sync.central.tables import chain as chains
from sync.central.tables import event as events

WITHIN: Final = 1024
"""Events after a grant within which its lane may refuse it: one waits for half a minute at most."""
_FURTHEST = 2**63 - 1
_GRANTING = frozenset({AccessDecided.kind.value, StaffActTaken.kind.value})


class LaneRefusal(NamedTuple):
    """What the lane refused: the event that granted it, and why."""

    about: int
    why: str


class LaneRefusalFollower:
    """Follows the journals, and marks the accesses that the lane refused. It is told after who keeps the
    accesses, and before who reads them.
    """

    kinds = _GRANTING | {LaneGrantRefused.kind.value}

    def arrived(
        self,
        connection: sa.Connection,
        device: str,  # noqa: ARG002 - the chain is one device's
        chain: int,
        entries: Sequence[Entry],
        now: int,  # noqa: ARG002 - a row says when it came itself
    ) -> None:
        told = [*lane_refusals(entries)]
        granting = [entry.sequence for entry in entries if entry.kind in _GRANTING]
        if granting:  # what was refused may have come before it
            told += lane_refusals(_stored(connection, chain, granting[0] + 1, granting[-1] + WITHIN))
        _turn(connection, chain, {each.about: each.why for each in told}, REFUSED)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """A refusal of another history: of what is of this one, nothing was refused."""
        gone = {*sequences}
        stored = _stored(connection, chain, min(gone), max(gone))
        told = lane_refusals(entry for entry in stored if entry.sequence in gone)
        _turn(connection, chain, {each.about: "" for each in told if each.about not in gone}, GRANTED)


def lane_refusals(entries: Iterable[Entry]) -> Iterator[LaneRefusal]:
    """What lanes refused, having opened nothing for it, as these events of a chain say."""
    for entry in entries:
        about = refused_shut(entry.kind, entry.body)
        if about is not None and about < entry.sequence <= about + WITHIN:
            said = understood(entry)
            assert isinstance(said, LaneGrantRefused)  # noqa: S101 - it was read as one
            yield LaneRefusal(about, said.why)


def mark_stored(connection: sa.Connection) -> None:
    """Mark the accesses that were refused in what is stored, a chain at a time."""
    for chain in connection.execute(sa.select(chains.c.number)).scalars().all():
        told = [*lane_refusals(_stored(connection, chain, 0, _FURTHEST))]
        for some in batched(told, 500):
            _turn(connection, chain, {each.about: each.why for each in some}, REFUSED)


# --- inside --------------------------------------------------------------------------------


# Asked of every batch, and mostly in vain: made once.
_STORED = (
    sa.select(events, chains.c.epoch, chains.c.gate)
    .join(chains, chains.c.number == events.c.chain)
    .where(
        events.c.chain == sa.bindparam("of_chain"),
        events.c.sequence.between(sa.bindparam("first"), sa.bindparam("last")),
        events.c.kind == LaneGrantRefused.kind.value,
    )
)


def _stored(connection: sa.Connection, chain: int, first: int, last: int) -> list[Entry]:
    rows = connection.execute(_STORED, {"of_chain": chain, "first": first, "last": last})
    return [entry_from(row.epoch, row.gate, [getattr(row, name) for name in OWN_FIELDS]) for row in rows]


# Named: the migration that marks what is stored runs before columns that later ones add.
_TURNED = [
    access.c[name]
    for name in (
        [
            "number",
            "sequence",
            "at",
            "received_at",
            "outcome",
            "reason",
            "rule",
            "means",
            "waited",
            "why",
            "staff",
        ]
    )
]


def _turn(connection: sa.Connection, chain: int, whys: Mapping[int, str], into: str) -> None:
    """Have the accesses of these events be `into` that, each with why; and be counted as that."""
    if not whys:
        return
    before = GRANTED if into == REFUSED else REFUSED
    those = (access.c.chain == chain) & access.c.sequence.in_(whys) & (access.c.outcome == before)
    rows: Sequence[Any] = connection.execute(sa.select(*_TURNED).where(those)).all()
    for row in rows:
        # Why staff did something stays theirs.
        why = row.why if row.staff is not None else whys[row.sequence] or None
        this = sa.update(access).where(access.c.number == row.number)
        connection.execute(this.values(outcome=into, why=why))
    count_anew(connection, chain, rows, into)
