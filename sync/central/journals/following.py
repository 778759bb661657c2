"""Those who follow the journals: they keep rows of their own, in the transaction that stores events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import sqlalchemy as sa

from edge.journal.format import Entry


class Follower(Protocol):
    """Keeps what follows from events of its `kinds`; of others it is told nothing.

    The chain is locked while it is called. What it keeps has to be a function of the events that are in the
    chain: they arrive late, in any order, and some are taken back.
    """

    @property
    def kinds(self) -> frozenset[str]: ...

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        """Keep what follows from `entries` of the device, which are new in the chain; `now` is central's
        clock.
        """
        ...

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """Take back what follows from these events, of any kind: they were of another history. They still lie
        in the chain while this is called.
        """
        ...


def tell_arrived(
    followers: Iterable[Follower],
    connection: sa.Connection,
    device: str,
    chain: int,
    arrived: Sequence[Entry],
    now: int,
) -> None:
    """Tell each of `followers` those events of its kinds that `arrived`; where there are none, nothing."""
    kinds = {entry.kind for entry in arrived}
    for follower in followers:
        if not kinds.isdisjoint(follower.kinds):
            theirs = [entry for entry in arrived if entry.kind in follower.kinds]
            follower.arrived(connection, device, chain, theirs, now)
