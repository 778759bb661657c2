"""Which version is out, who holds it, and which devices count: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.admin.site_admin import SiteFile
from sync.central.devices import devices
from sync.central.devices.devices import (
    DeviceKeys,
    enrol_device,
    known_devices,
    last_seen,
    note_health,
    put_site,
    refused_devices,
    resume_device,
    retire_device,
    suspend_device,
)
from sync.central.devices.refusals import REPEATED_AFTER, RefusalNotifier
from sync.central.registry.devices import sites_of
from sync.central.registry.publications import (
    held_versions,
    note_published,
    outdated_gates,
    published_version,
    published_versions,
)
from sync.central.store import Store, StoreError, _engine, _migrate, migrate_store, newest_schema, open_store
from sync.wire import DeviceRefused, DeviceState, Health, Held, RefusedDevice, open_message
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS

SITE, OTHER = "green-court", "gp-0002"


def holds(connection: sa.Connection, device: str, version: int) -> None:
    note_health(connection, device, Health(DeviceState.ONLINE, AT, held=Held(version)), AT)


def test_the_newest_version_that_was_published_is_remembered_with_the_time_of_its_first_mention(
    store: Store,
) -> None:
    with store.writing() as connection:
        assert published_version(connection, SITE) == 0
        note_published(connection, SITE, 3, AT)
        note_published(connection, SITE, 3, AT + 9)
        holds(connection, DEVICE, 1)
        assert published_version(connection, SITE) == 3
        assert published_versions(connection) == {SITE: 3}
        assert [(item.device, item.holds, item.since) for item in outdated_gates(connection, {})] == [
            (DEVICE, 1, AT),
            (OTHER, 0, AT),
        ]


def test_a_gate_is_outdated_by_what_is_on_disk_even_if_the_database_knows_less(store: Store) -> None:
    with store.writing() as connection:
        note_published(connection, SITE, 3, AT)
        holds(connection, DEVICE, 5)
        holds(connection, OTHER, 3)
        [late] = outdated_gates(connection, {SITE: 5})
        [ahead] = outdated_gates(connection, {})
    assert (late.device, late.newest, late.since, late.is_ahead) == (OTHER, 5, None, False)
    assert (ahead.device, ahead.newest, ahead.is_ahead) == (DEVICE, 3, True)


@pytest.mark.parametrize("act", [retire_device, suspend_device])
def test_a_device_out_of_service_counts_nowhere(store: Store, act: object) -> None:
    keys = DeviceKeys(store, lambda: 0.0)
    with store.writing() as connection:
        note_published(connection, SITE, 3, AT)
        act(connection, DEVICE, AT)  # type: ignore[operator]
        assert set(held_versions(connection, SITE)) == {OTHER}
        assert [item.device for item in outdated_gates(connection, {})] == [OTHER]
        with pytest.raises(StoreError, match="takes no commands"):
            last_seen(connection, DEVICE)
    assert set(sites_of(store)) == {OTHER}
    assert not keys.for_device(DEVICE)
    assert keys.for_device(OTHER)


def test_a_suspended_device_is_resumed_and_a_retired_one_never(store: Store) -> None:
    with store.writing() as connection:
        suspend_device(connection, DEVICE, AT)
        [suspended] = [gate for gate in known_devices(connection) if gate.suspended]
        assert suspended.device == DEVICE
        with pytest.raises(StoreError, match="in service"):
            suspend_device(connection, DEVICE, AT)
        with pytest.raises(StoreError, match="no suspended device"):
            resume_device(connection, OTHER)
        resume_device(connection, DEVICE)
        assert refused_devices(connection, [DEVICE, OTHER]) == {}
        suspend_device(connection, DEVICE, AT)
        retire_device(connection, DEVICE, AT)
        with pytest.raises(StoreError, match="no suspended device"):
            resume_device(connection, DEVICE)
        assert refused_devices(connection, [DEVICE, "gp-0009"]) == {
            DEVICE: RefusedDevice.RETIRED,
            "gp-0009": RefusedDevice.UNKNOWN,
        }


def test_a_refused_device_gets_the_reason_but_not_for_every_message(store: Store) -> None:
    strangers = RefusalNotifier(store, KEY, lambda: AT)
    with store.writing() as connection:
        suspend_device(connection, DEVICE, AT)

    def told(now: float, *heard: str) -> list[tuple[str, RefusedDevice]]:
        for name in heard:
            strangers.note_unverified(name)
        opened = [open_message(item.topic, item.data, KEYS) for item in strangers.due_messages(now)]
        return [(item.device, item.message.why) for item in opened if isinstance(item.message, DeviceRefused)]

    assert told(0.0) == []
    assert told(1.0, DEVICE, DEVICE, OTHER, "gp-0009") == [
        (DEVICE, RefusedDevice.SUSPENDED),
        ("gp-0009", RefusedDevice.UNKNOWN),
    ]
    assert told(2.0, DEVICE) == []
    assert told(1.0 + REPEATED_AFTER, DEVICE) == [(DEVICE, RefusedDevice.SUSPENDED)]


def test_a_database_of_the_version_before_keeps_what_it_has(database: str) -> None:
    engine = _engine(database)
    with engine.begin() as connection:
        _migrate(connection, "0001")
        connection.execute(sa.text("INSERT INTO site (id) VALUES ('green-court')"))
    engine.dispose()
    with pytest.raises(StoreError, match="schema version 0001"):
        open_store(database)
    assert migrate_store(database) == newest_schema()
    store = open_store(database)
    with store.writing() as connection:
        assert [site.id for site in devices.sites(connection)] == [SITE]
        put_site(connection, SiteFile("other"))
        enrol_device(connection, DEVICE, (SITE, "main"), bytes(32), AT)
        assert published_version(connection, SITE) == 0
    store.close()
