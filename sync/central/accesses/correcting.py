"""Says the reason of what staff did as they corrected it, in whatever order the events come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from edge.journal.format import (
    OWN_FIELDS,
    Entry,
    PressNamed,
    StaffActCorrected,
    StaffActTaken,
    entry_from,
    understood,
)
from sync.central.accesses.recording import OPENS_WITHIN
from sync.central.accesses.tables import access
from sync.central.history.events import event_at
from sync.central.history.files import HistoryError
from sync.central.tables import chain as chains
from sync.central.tables import event as events

_CORRECTED_WITHIN: Final = 20_000
"""Events within which a reason is corrected: more than a busy gate's hour."""
_LONGEST: Final = 128


class CorrectionFollower:
    """Follows the journals, and gives an access that staff let happen the reason that they corrected last.
    It is told after who keeps the accesses.
    """

    kinds = frozenset(kind.kind.value for kind in (StaffActCorrected, StaffActTaken, PressNamed))

    def arrived(
        self,
        connection: sa.Connection,
        device: str,  # noqa: ARG002 - the chain is one device's
        chain: int,
        entries: Sequence[Entry],
        now: int,  # noqa: ARG002 - nothing is told of when
    ) -> None:
        abouts = {about for entry in entries if (about := _about(entry)) is not None}
        newest = {} if not abouts else _newest(_stored(connection, chain, abouts))
        for about in sorted(abouts & newest.keys()):
            _correct(connection, chain, newest[about])

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """What was corrected is of the same history as its correction, and goes with it."""


# --- inside --------------------------------------------------------------------------------


def _about(entry: Entry) -> int | None:
    """The act, or the press, that an event is or says something of."""
    match understood(entry):
        case StaffActCorrected(about=about):
            return about
        case PressNamed(press=press):
            return press
        case StaffActTaken():
            return entry.sequence
    return None


def _newest(corrections: Iterable[StaffActCorrected]) -> dict[int, StaffActCorrected]:
    """The last correction of each, of those in their order."""
    return {correction.about: correction for correction in corrections}


def _stored(connection: sa.Connection, chain: int, abouts: Collection[int]) -> list[StaffActCorrected]:
    """The corrections that are in the chain, in its order."""
    query = (
        sa.select(events, chains.c.epoch, chains.c.gate)
        .join(chains, chains.c.number == events.c.chain)
        .where(events.c.chain == chain, events.c.kind == StaffActCorrected.kind.value)
        .where(events.c.sequence > min(abouts), events.c.sequence <= max(abouts) + _CORRECTED_WITHIN)
        .order_by(events.c.sequence)
    )
    entries = (
        entry_from(row.epoch, row.gate, [getattr(row, name) for name in OWN_FIELDS])
        for row in connection.execute(query)
    )
    return [event for entry in entries if isinstance(event := understood(entry), StaffActCorrected)]


def _correct(connection: sa.Connection, chain: int, event: StaffActCorrected) -> None:
    why = event.text if event.reason == "typed" else event.reason
    try:
        act = event_at(connection, chain, event.about)
    except HistoryError:
        return  # a damaged file, which is said elsewhere, must not keep a gate's batch from being stored
    if act is not None and act.kind == StaffActTaken.kind.value:
        which = access.c.sequence == event.about
    else:  # a press of the wired button: what it opened comes after it
        opened = sa.select(sa.func.min(access.c.sequence)).where(
            access.c.chain == chain,
            access.c.sequence > event.about,
            access.c.sequence <= event.about + OPENS_WITHIN,
            access.c.reason == "override",
        )
        which = access.c.sequence == opened.scalar_subquery()
    theirs = (access.c.chain == chain) & (access.c.staff == event.staff[:_LONGEST]) & which
    said = why[:_LONGEST].replace("\0", "")
    connection.execute(sa.update(access).where(theirs).values(why=said))
