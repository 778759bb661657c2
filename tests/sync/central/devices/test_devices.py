"""Sites and devices at central: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from edge.admin.site_admin import SiteFile
from edge.signing.cose import Stamp
from sync.central.devices.core import Backlog
from sync.central.devices.devices import (
    DeviceKeys,
    enrol_device,
    known_devices,
    note_health,
    put_site,
    retire_device,
    sites,
)
from sync.central.devices.stamps import take_stamp
from sync.central.journals.journals import store_batch
from sync.central.store import Store, StoreError
from sync.central.units import MINUTE
from sync.wire import Channel, DeviceState, Health, Held, batch_of
from tests.sync.wire.examples import AT, DEVICE, chained

SITE = "green-court"


def test_a_site_that_is_reorganised_keeps_its_gates(store: Store) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE, city="Suzhou", district="Gusu"))
    with store.reading() as connection:
        assert [(site.id, site.city) for site in sites(connection)] == [(SITE, "Suzhou")]
        assert {gate.device for gate in known_devices(connection)} == {DEVICE, "gp-0002"}


@pytest.mark.parametrize(
    ("identity", "site", "key", "what"),
    [
        ("a/b", SITE, bytes(32), "not a device id"),
        ("central", SITE, bytes(32), "the name of a service"),
        ("gp-0003", SITE, bytes(31), "not an Ed25519"),
        ("gp-0003", "nowhere", bytes(32), "no site"),
        (DEVICE, SITE, bytes(32), "already"),
    ],
)
def test_a_device_that_cannot_be_is_refused(
    store: Store, identity: str, site: str, key: bytes, what: str
) -> None:
    with pytest.raises(StoreError, match=what), store.writing() as connection:
        enrol_device(connection, identity, (site, "main"), key, AT)


def test_a_retired_device_is_refused_and_its_events_stay(store: Store) -> None:
    clock = [0.0]
    keys = DeviceKeys(store, lambda: clock[0])
    assert keys.for_device(DEVICE)
    assert not keys.for_device("nobody")
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
        retire_device(connection, DEVICE, AT)
    clock[0] += 10
    assert not keys.for_device(DEVICE)
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.retired, gate.acknowledged) == (True, 3)
    with pytest.raises(StoreError, match="in service"), store.writing() as connection:
        retire_device(connection, DEVICE, AT)


def test_keys_are_read_again_after_their_time_or_when_the_table_may_be_another(store: Store) -> None:
    clock = [0.0]
    keys = DeviceKeys(store, lambda: clock[0], 60.0)
    assert keys.for_device(DEVICE)
    with store.writing() as connection:
        retire_device(connection, DEVICE, AT)
    clock[0] = 59.0
    assert keys.for_device(DEVICE)
    keys.notice()
    assert not keys.for_device(DEVICE)


def test_the_list_of_gates_says_what_each_one_holds_and_what_was_found(store: Store) -> None:
    health = Health(DeviceState.ONLINE, AT, software="1", held=Held(7), waiting=4, clock_offset=-9)
    journal = chained(9)
    with store.writing() as connection:
        note_health(connection, DEVICE, health, AT + 1)
        store_batch(connection, DEVICE, batch_of(journal[:2], 0), AT)
        store_batch(connection, DEVICE, batch_of(journal[4:6], 2), AT)
        store_batch(connection, DEVICE, batch_of(journal[8:], 8), AT)
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.state, gate.last_seen, gate.registry_version, gate.waiting) == ("online", AT + 1, 7, 4)
    assert (gate.clock_offset, gate.acknowledged, gate.pending) == (-9, 6, True)
    assert gate.findings == {"missing": 1}


def test_a_gate_that_catches_up_is_known_by_two_reports_and_no_more_once_it_is_through(store: Store) -> None:
    seen = []
    for minute, waiting in enumerate((150_000, 90_000, 12)):
        with store.writing() as connection:
            at = AT + minute * MINUTE
            note_health(connection, DEVICE, Health(DeviceState.ONLINE, at, waiting=waiting), at)
            seen += [gate.backlog for gate in known_devices(connection) if gate.device == DEVICE]
    assert seen == [
        Backlog(150_000, AT),
        Backlog(90_000, AT + MINUTE, 150_000, AT),
        None,
    ]


def test_an_alarm_of_a_gate_counts_until_its_next_health(store: Store) -> None:
    reports: list[tuple[str, ...]] = [(), ("gate_not_running", "journal_altered"), ()]
    said = []
    for alarms in reports:
        with store.writing() as connection:
            note_health(connection, DEVICE, Health(DeviceState.ONLINE, AT, alarms=alarms), AT)
            said += [gate.alarms for gate in known_devices(connection) if gate.device == DEVICE]
    assert said == reports


def test_a_will_removes_nothing_that_was_known(store: Store) -> None:
    with store.writing() as connection:
        note_health(connection, DEVICE, Health(DeviceState.ONLINE, AT, software="1", held=Held(7)), AT)
        assert take_stamp(connection, DEVICE, Channel.HEALTH, Stamp(AT, 1))
        note_health(connection, DEVICE, Health(DeviceState.GONE, AT, Stamp(AT, 0)), AT + 5)
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.state, gate.software, gate.registry_version) == ("gone", "1", 7)
    assert gate.last_seen == AT, "a will is no sight of the gate"
