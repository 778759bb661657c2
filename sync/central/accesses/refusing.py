"""Says of an access that the lane refused what was granted, in whatever order the events come: nobody passed
by it, and every reader who asks for grants finds none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from edge.journal.format import AccessDecided, Entry, LaneGrantRefused, StaffActTaken
from sync.central.accesses.core import GRANTED, REFUSED
from sync.central.accesses.recording import count_anew
from sync.central.accesses.tables import access
from sync.central.batched import batched
from sync.central.journals.lane_refusals import WITHIN, lane_refusals, refusals_at, refusals_stored
from sync.central.tables import chain as chains

_FURTHEST = 2**63 - 1 - WITHIN
_GRANTING = frozenset({AccessDecided.kind.value, StaffActTaken.kind.value})


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
            told += refusals_stored(connection, chain, granting[0], granting[-1])
        _turn(connection, chain, {each.about: each.why for each in told}, REFUSED)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """A refusal of another history: of what is of this one, nothing was refused."""
        told = refusals_at(connection, chain, sequences)
        _turn(connection, chain, {each.about: "" for each in told}, GRANTED)


def mark_stored(connection: sa.Connection) -> None:
    """Mark the accesses that were refused in what is stored, a chain at a time."""
    for chain in connection.execute(sa.select(chains.c.number)).scalars().all():
        told = [*refusals_stored(connection, chain, 0, _FURTHEST)]
        for some in batched(told, 500):
            _turn(connection, chain, {each.about: each.why for each in some}, REFUSED)


# --- inside --------------------------------------------------------------------------------


# Named: the migration that marks what is stored runs before columns that later ones add.
_TURNED = access.c[
    "number", "sequence", "at", "received_at", "outcome", "reason", "rule", "means", "waited", "why", "staff"
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
