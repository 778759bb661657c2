"""Follows the journals: a gate that says how its update ended says so to the roll-out that asked for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from edge.journal.format import Entry, EventKind, SoftwareUpdateEnded, UpdateEnd, understood
from sync.central.rollouts.tables import rollout, rollout_gate

LONGEST_WHY = 500


class RolloutFollower:
    """Notes how updates ended, in the transaction that stores the event."""

    kinds = frozenset({EventKind.SOFTWARE_UPDATE_ENDED.value})

    def arrived(
        self,
        connection: sa.Connection,
        device: str,
        chain: int,  # noqa: ARG002 - of the protocol
        entries: Sequence[Entry],
        now: int,
    ) -> None:
        for entry in entries:
            event = understood(entry) if entry.kind in self.kinds else None
            if isinstance(event, SoftwareUpdateEnded) and not _runs_it(event):
                mine = sa.select(rollout.c.number).where(rollout.c.version == event.version)
                told = (
                    sa.update(rollout_gate)
                    .where(
                        rollout_gate.c.device == device,
                        rollout_gate.c.rollout.in_(mine),
                        rollout_gate.c.asked_at.is_not(None),
                        rollout_gate.c.asked_at <= now,
                    )
                    .values(how=event.how.value, why=event.why[:LONGEST_WHY], ended_at=now)
                )
                connection.execute(told)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """What a gate said of its software stays: what it says next takes its place."""


def _runs_it(event: SoftwareUpdateEnded) -> bool:
    """Whether a gate "refused" what it runs: a failed fetch that names an order which was carried out."""
    return event.how is UpdateEnd.REFUSED and event.version == event.before
