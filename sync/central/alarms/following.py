"""Follows the journals for what is an alarm: a cue for all events of a batch that tell of the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from edge.journal.format import Entry
from sync.central.alarms.core import TELLING, StepKind, cues_of
from sync.central.alarms.raising import raise_cues
from sync.central.alarms.tables import alarm, alarm_step
from sync.central.tables import chain as chains
from sync.central.tables import device as devices
from sync.central.tables import event

_LOOKED_THROUGH = 100
"""The newest alarms of a gate, among which one is sought whose evidence is displaced."""


class AlarmFollower:
    """Follows the journals, and takes what may be an alarm."""

    kinds = TELLING

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        site = connection.execute(_SITE, {"of_device": device}).scalar_one()
        raise_cues(connection, cues_of(site, device, chain, entries, now), now)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """An alarm stays, whatever history of the journal comes to hold: it says that its evidence went."""
        those = (event.c.chain == chain) & event.c.sequence.in_(sequences) & event.c.kind.in_(TELLING)
        gone = {(row.sequence, row.received_at) for row in connection.execute(_EVENTS.where(those))}
        if not gone:
            return
        at = max(received for _, received in gone)
        lost = {(chain, sequence) for sequence, _ in gone}
        for row in connection.execute(_ALARMS, {"of_chain": chain}).all():
            if any(tuple(each) in lost for each in row.evidence):
                step = {"alarm": row.number, "what": StepKind.DISPLACED.value, "at": at, "by": "", "why": ""}
                connection.execute(sa.insert(alarm_step).values(step | {"values": {"events": len(lost)}}))


# --- inside --------------------------------------------------------------------------------

_SITE = sa.select(devices.c.site).where(devices.c.id == sa.bindparam("of_device"))
_EVENTS = sa.select(event.c.sequence, event.c.received_at)
_ALARMS = (
    sa.select(alarm.c.number, alarm.c.evidence)
    .join(chains, chains.c.device == alarm.c.device)
    .where(chains.c.number == sa.bindparam("of_chain"))
    .order_by(alarm.c.number.desc())
    .limit(_LOOKED_THROUGH)
)
