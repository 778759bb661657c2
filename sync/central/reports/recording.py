"""Keeps what staff say was wrong of a gate's decisions, as it arrives: error rates rest on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from edge.journal.format import Entry, FaceMistaken, StaffActTaken, understood
from sync.central.reports.core import Wrong
from sync.central.reports.tables import said_wrong
from sync.central.store import insert_unless_there

_LETS_IN = frozenset({"let_in", "hold_open"})
_MOST_SEQUENCE = 2**63 - 1


class SaidWrong:
    """Follows the journals: "not this person", and who was let in by name after a decision against it."""

    kinds = frozenset({FaceMistaken.kind.value, StaffActTaken.kind.value})

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        """Keep what is said in the events that arrived anew in the chain."""
        del device, now
        rows = [
            {"chain": chain, "sequence": entry.sequence, "about": about, "wrong": wrong.value}
            for entry in entries
            if (found := _said(entry)) is not None
            for about, wrong in (found,)
            if 0 < about < entry.sequence <= _MOST_SEQUENCE
        ]
        if rows:
            connection.execute(insert_unless_there(connection, said_wrong), rows)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """Take back what events said that are no longer in the chain."""
        those = (said_wrong.c.chain == chain) & said_wrong.c.sequence.in_(sequences)
        connection.execute(sa.delete(said_wrong).where(those))


def _said(entry: Entry) -> tuple[int, Wrong] | None:
    match understood(entry):
        case FaceMistaken(about=about):
            return about, Wrong.MISTAKEN
        case StaffActTaken(act=act, about=int(about)) if act in _LETS_IN:
            return about, Wrong.REFUSED
    return None
