"""A street of two markets, and what happens at their gates."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.counting.core import CountSnapshot
from edge.counting.core.count_snapshot import CounterLine
from edge.counting.core.occupancy import Tally
from edge.journal.format import Entry, Event
from edge.signing.cose import encode_value
from sync.central.devices.devices import enrol_device, put_site
from sync.central.places.core.levels import Level
from sync.central.places.editing import create_place, move_place
from sync.central.store import Store
from sync.central.tables import gate_counts
from sync.central.tables import site as sites
from sync.central.units import SECOND
from tests.sync.central.flow.examples import came, journal, turns
from tests.sync.wire.examples import AT, KEY

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what asks the database nothing that another test does not ask of both."""
TODAY = "2026-03-03"
"""The day of AT, in every time zone in which a site of these tests is."""


@dataclass
class Street:
    """Two markets with two gates each; what happens there is told in seconds after AT."""

    store: Store
    number: int = 0
    happened: dict[str, list[tuple[int, Event]]] = field(default_factory=dict)

    def build(self) -> Street:
        with self.store.writing() as connection:
            self.number = create_place(connection, None, Level.STREET, "North Market Street")
            for name in ("fish", "tea"):
                put_site(connection, SiteFile(name, time_zone="UTC"))
                self.settle(connection, name)
                for lane in ("in", "out"):
                    public = KEY.public_key().public_bytes_raw()
                    enrol_device(connection, f"{name}-{lane}", (name, lane), public, 1)
                    self.happened[f"{name}-{lane}"] = [(0, turns(TODAY))]
        return self

    def settle(self, connection: sa.Connection, name: str) -> None:
        """Put a site where it is: on the street."""
        number = connection.execute(sa.select(sites.c.place).where(sites.c.id == name)).scalar_one()
        move_place(connection, number, self.number)

    def entries(self, of_device: str) -> list[Entry]:
        epoch = of_device.encode().ljust(16, b"\0")
        return journal(self.happened[of_device], epoch=epoch, gate=of_device.partition("-")[2])

    def happen(self, of_device: str, *events: tuple[int, Event], now: int | None = None) -> None:
        held = self.happened[of_device]
        known = len(held) if len(held) > 1 else 0
        held += events
        at = AT + events[-1][0] * SECOND if now is None else now
        came(self.store, self.entries(of_device)[known:], of_device, at)

    def says(self, of_device: str, at: int, **counted: int) -> None:
        """What the gate itself counted."""
        name, _, lane = of_device.partition("-")
        epoch = of_device.encode().ljust(16, b"\0").hex()
        line = CounterLine(lane, epoch, TODAY, Tally(**counted))
        snapshot = CountSnapshot("gatepost-counts-1", name, lane, (line,))
        with self.store.writing() as connection:
            connection.execute(sa.delete(gate_counts).where(gate_counts.c.device == of_device))
            row = {"device": of_device, "counts": encode_value(snapshot), "at": at}
            connection.execute(sa.insert(gate_counts).values(row))


def passing(way: Event, times: int, first: int = 1, every: int = 1) -> list[tuple[int, Event]]:
    return [(first + number * every, way) for number in range(times)]
