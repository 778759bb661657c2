"""What central makes of health reports: stored, and an identity used twice is found. FAULTS 47."""

from __future__ import annotations

from sync.central.devices.health_and_clock import HealthHandler
from sync.central.journals.findings import FindingKind, findings_of
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.wire import (
    SESSION_TAKEN_OVER,
    Channel,
    DeviceState,
    Health,
    IdentityShared,
    ReceivedMessage,
    SealedMessage,
    batch_of,
    open_message,
)
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, chained


def report(started: int, *alarms: str, device: str = DEVICE) -> ReceivedMessage:
    health = Health(DeviceState.ONLINE, AT, started=started, alarms=alarms)
    return ReceivedMessage(device, Channel.HEALTH, health, b"")


def notices(messages: list[SealedMessage]) -> list[str]:
    told = [open_message(out.topic, out.data, KEYS) for out in messages]
    return [item.device for item in told if isinstance(item.message, IdentityShared)]


def test_both_processes_are_notified_and_one_finding_is_recorded(store: Store) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    handler = HealthHandler(store, KEY, lambda: AT)
    told = [notices(list(handler.handle([report(start)], 0.0))) for start in (1, 2, 1, 2, 2)]
    assert told == [[], [], [DEVICE], [DEVICE], []]
    with store.reading() as connection:
        [(found, at)] = findings_of(connection)
    assert (found.device, found.epoch, found.kind, at) == (DEVICE, EPOCH, FindingKind.SHARED, AT)


def test_a_takeover_that_a_device_reports_is_recorded_and_it_is_not_notified(store: Store) -> None:
    """It knows already; a notice would make it report again, without end."""
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    handler = HealthHandler(store, KEY, lambda: AT)
    assert notices(list(handler.handle([report(1, SESSION_TAKEN_OVER)], 0.0))) == []
    with store.reading() as connection:
        [(found, _)] = findings_of(connection)
    assert found.kind is FindingKind.SHARED


def test_a_device_without_a_journal_is_notified_and_recorded_once_it_has_one(store: Store) -> None:
    handler = HealthHandler(store, KEY, lambda: AT)
    assert notices(list(handler.handle([report(start) for start in (1, 2, 1)], 0.0))) == [DEVICE]
    with store.writing() as connection:
        assert findings_of(connection) == []
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    list(handler.handle([report(2)], 0.0))
    with store.reading() as connection:
        assert len(findings_of(connection)) == 1
