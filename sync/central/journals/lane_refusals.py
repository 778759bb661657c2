"""What lanes refused of what was granted, as the stored events of a chain say: whoever keeps something of a
grant asks, as its refusal may come before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import sqlalchemy as sa

from edge.journal.format import OWN_FIELDS, Entry, LaneGrantRefused, entry_from, refused_shut, understood
from sync.central.tables import chain as chains
from sync.central.tables import event as events

WITHIN: Final = 1024
"""Events after a grant within which its lane may refuse it: one waits for half a minute at most."""


class LaneRefusal(NamedTuple):
    """What the lane refused: the event that granted it, and why."""

    about: int
    why: str


def lane_refusals(entries: Iterable[Entry]) -> Iterator[LaneRefusal]:
    """What lanes refused, having opened nothing for it, as these events of a chain say."""
    for entry in entries:
        about = refused_shut(entry.kind, entry.body)
        if about is not None and about < entry.sequence <= about + WITHIN:
            said = understood(entry)
            assert isinstance(said, LaneGrantRefused)  # noqa: S101 - it was read as one
            yield LaneRefusal(about, said.why)


def refusals_stored(connection: sa.Connection, chain: int, first: int, last: int) -> Iterator[LaneRefusal]:
    """What lanes refused of the grants `first` to `last` of a chain, as far as it is stored."""
    told = lane_refusals(_stored(connection, chain, first + 1, last + WITHIN))
    return (each for each in told if first <= each.about <= last)


def refusals_at(connection: sa.Connection, chain: int, sequences: Iterable[int]) -> list[LaneRefusal]:
    """What the stored events of a chain at `sequences` say that its lane refused. Of those that go: only what
    was granted by an event that stays.
    """
    gone = {*sequences}
    stored = _stored(connection, chain, min(gone), max(gone))
    told = lane_refusals(entry for entry in stored if entry.sequence in gone)
    return [each for each in told if each.about not in gone]


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
