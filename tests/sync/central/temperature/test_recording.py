"""Counts of temperatures follow the journals, in whatever order they come; a drifted thermometer is found in
them.
"""

from __future__ import annotations

from itertools import permutations
from random import Random

import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.decision import Outcome, Reason, TemperatureReading
from edge.journal.format import Entry, GateStopped
from sync.central.alarms.tables import alarm_cue
from sync.central.devices.devices import enrol_device, put_site
from sync.central.journals.journals import store_batch
from sync.central.migrations.versions import v0033
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from sync.central.temperature.core.drift import ThermometerVerdict
from sync.central.temperature.figures import by_gate, by_hour
from sync.central.temperature.recording import TemperatureFollower
from sync.central.temperature.tables import temperature_count
from sync.central.units import HOUR, MINUTE
from sync.wire import batch_of
from tests.keys import ed25519
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.temperature.examples import at, measured
from tests.sync.wire.examples import AT, DEVICE, EPOCH

HIGH = TemperatureReading(38.2, raw=37.9, offset=0.3, again=38.4)
DAY: list[Happened] = [
    at(36.4),
    measured(HIGH, Outcome.REFER, Reason.TEMPERATURE_HIGH),
    measured(None),
    GateStopped(),
    (7200, at(36.6, again=36.6)),
    measured(TemperatureReading(29.0, valid=False, why="not_a_person")),
]


def sent(store: Store, entries: list[Entry], device: str = DEVICE) -> None:
    with store.writing() as connection:
        batch = batch_of(entries, entries[0].sequence - 1)
        store_batch(connection, device, batch, AT, [TemperatureFollower()])


def counted(store: Store) -> list[tuple[object, ...]]:
    table = temperature_count.c
    with store.reading() as connection:
        query = sa.select(table.begin, table.what, table.times).where(table.times != 0)
        return [tuple(row) for row in connection.execute(query.order_by(table.begin, table.what))]


def test_what_was_measured_is_counted_by_hour_and_names_nobody(store: Store) -> None:
    sent(store, journal(DAY))
    with store.reading() as connection:
        first, second = by_hour(connection, EVERYWHERE, 0, AT * 2)
        [gate] = by_gate(connection, EVERYWHERE, 0, AT * 2)
        assert by_gate(connection, Sight(), 0, AT * 2) == []
        assert by_hour(connection, EVERYWHERE, 0, AT * 2, "gp-0002") == []
    assert (first.counts.read, first.counts.again, dict(first.counts.high)) == (3, 1, {"refer": 1})
    assert (second.counts.read, second.counts.again, second.counts.valid) == (1, 1, 1)
    assert dict(first.counts.invalid) == {"not_a_person": 1}
    assert (gate.site, gate.gate, gate.counts.raw) == ("green-court", "main", {364: 1, 366: 1, 379: 1})
    assert gate.mean is None, "three readings have no mean that is shown"
    assert gate.beside.verdict is ThermometerVerdict.UNKNOWN
    assert set(temperature_count.columns.keys()) == {"chain", "begin", "what", "times"}


def test_any_order_and_twice_is_the_same(store: Store) -> None:
    whole = journal(DAY[:4])
    sent(store, whole)
    before = counted(store)
    assert before
    for order in permutations(whole):
        with store.writing() as connection:
            for table in ("temperature_count", "access", "access_count", "event", "finding"):
                connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608
            connection.execute(sa.text("DELETE FROM chain"))
        for entry in (*order, order[0]):
            sent(store, [entry])
        assert counted(store) == before


def test_what_a_fork_puts_beside_counts_no_more(store: Store) -> None:
    two = journal([GateStopped(), GateStopped(), at(40.0), at(40.0)])
    one = journal([GateStopped(), *[(10 + n, at(36.0)) for n in range(3)]])
    sent(store, two[2:])
    sent(store, one)
    assert ("celsius:400" in {what for _, what, _ in counted(store)}) is False
    assert [times for _, what, times in counted(store) if what == "celsius:360"] == [3]


def test_a_migration_finds_what_was_measured_before(store: Store) -> None:
    sent(store, journal(DAY * 3))
    kept = counted(store)
    with store.writing() as connection:
        connection.execute(sa.delete(temperature_count))
        v0033.fill(connection, page=4)
    assert counted(store) == kept


def test_a_thermometer_that_has_drifted_is_found_beside_those_of_its_street(store: Store) -> None:
    """Two gates at a site are too few to tell; those of the street are enough."""
    draw, hour = Random(3), AT - AT % HOUR
    devices = [DEVICE, "gp-0002"]
    with store.writing() as connection:
        place = {"city": "Shanghai", "district": "x", "street": "y"}
        put_site(connection, SiteFile("green-court", **place))
        put_site(connection, SiteFile("red-court", **place))
        for number in range(3):
            devices.append(f"red-{number}")
            key = ed25519(devices[-1]).public_key().public_bytes_raw()
            enrol_device(connection, devices[-1], ("red-court", str(number)), key, 1)
    for number, name in enumerate(devices):
        off = 0.9 if name == "red-1" else 0.0
        happened: list[Happened] = [
            ((hour - AT) // 1_000_000 + 3600 * past + 30 * count, at(round(draw.gauss(36.3 + off, 0.2), 2)))
            for past in range(-4, 0)
            for count in range(40)
        ]
        sent(store, journal(happened, epoch=bytes([number]) * len(EPOCH)), name)
    with store.reading() as connection:
        found = {each.device: each for each in by_gate(connection, EVERYWHERE, AT - 6 * HOUR, hour + MINUTE)}
    assert {name for name, each in found.items() if each.beside.verdict is ThermometerVerdict.DRIFTED} == {
        "red-1"
    }
    assert found["red-1"].beside.difference is not None
    assert 0.7 < found["red-1"].beside.difference < 1.1
    assert found["red-1"].mean is not None


def test_a_high_temperature_is_an_alarm_of_the_gate_and_names_nobody(store: Store) -> None:
    high = measured(HIGH, Outcome.REFER, Reason.TEMPERATURE_HIGH)
    sent(store, journal([at(36.4), high, high, measured(HIGH)]))
    with store.reading() as connection:
        [cue] = connection.execute(sa.select(alarm_cue)).all()
    assert (cue.kind, cue.site, cue.device, cue.key) == (
        "temperature_high",
        "green-court",
        DEVICE,
        DEVICE,
    )
    assert (cue.subject, cue.times, [sequence for _, sequence in cue.evidence]) == (None, 2, [3, 2])
    assert "li-na" not in str(cue)
