"""Counts the readings in events as they come and go, in the transaction that stores those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from edge.journal.format import AccessDecided, Entry
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import raise_cue
from sync.central.store import insert_or_update
from sync.central.tables import device as devices
from sync.central.tables import event
from sync.central.temperature.core import HourKey, ReadingFacts, counts_of, reading_in
from sync.central.temperature.tables import temperature_count


class TemperatureFollower:
    """Follows the journals: what arrives is counted, what is put beside its chain counts no more."""

    kinds = frozenset({AccessDecided.kind.value})

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        found = [(each, reading_in(each.kind, each.body)) for each in entries]
        readings = [(each, reading) for each, reading in found if reading is not None]
        _add(connection, chain, counts_of((each.at, reading) for each, reading in readings))
        high = [each for each, reading in readings if reading.high]
        if high:
            site = connection.execute(sa.select(devices.c.site).where(devices.c.id == device)).scalar_one()
            raise_cue(connection, _cue(site, device, chain, high), now)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        those = (event.c.chain == chain) & event.c.sequence.in_(sequences)
        query = sa.select(event.c.at, event.c.kind, event.c.body).where(
            those, event.c.kind == AccessDecided.kind
        )
        counts = counts_of(_readings(tuple(row) for row in connection.execute(query)))
        _add(connection, chain, {key: -times for key, times in counts.items()})


# --- inside --------------------------------------------------------------------------------


def _readings(events: Iterable[tuple[int, str, bytes]]) -> list[tuple[int, ReadingFacts]]:
    return [(at, found) for at, kind, body in events if (found := reading_in(kind, body)) is not None]


def _cue(site: str, device: str, chain: int, high: Sequence[Entry]) -> Cue:
    """That somebody's temperature is to be checked again: a gate's, and nobody's name."""
    times = [each.at for each in high]
    evidence = tuple((chain, each.sequence) for each in reversed(high))
    kind = AlarmKind.TEMPERATURE_HIGH
    return Cue(kind, site, device, device, min(times), evidence=evidence, times=len(high), until=max(times))


def _add(connection: sa.Connection, chain: int, counts: Mapping[HourKey, int]) -> None:
    rows = [{"chain": chain, **key._asdict(), "times": times} for key, times in sorted(counts.items())]
    if rows:
        connection.execute(_adding(connection.dialect.name), rows)


@cache
def _adding(dialect: str) -> Any:
    insert = insert_or_update(dialect, temperature_count)
    more = {"times": temperature_count.c.times + insert.excluded.times}
    return insert.on_conflict_do_update(index_elements=["chain", "begin", "what"], set_=more)
