"""What central makes of an identity used twice: it is found, and both are told. FAULTS 47."""

from __future__ import annotations

from itertools import count

from edge.signing.cose import Stamp
from sync.central.devices.health_and_clock import HealthHandler
from sync.central.devices.hello import WelcomeHandler
from sync.central.journals.findings import FindingKind, findings_of
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.wire import (
    SCHEMA,
    SESSION_TAKEN_OVER,
    SPEAKS,
    Channel,
    DeviceState,
    Health,
    Hello,
    IdentityShared,
    ReceivedMessage,
    SealedMessage,
    batch_of,
    open_message,
)
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, chained

_COUNTER = count(1)


def hello(started: int) -> ReceivedMessage:
    """The hello of a process, on a link of its own."""
    said = Hello(bytes(16), Stamp(AT + next(_COUNTER), 1), SPEAKS, SCHEMA, started=started)
    return ReceivedMessage(DEVICE, Channel.HELLO, said, b"")


def notices(messages: list[SealedMessage]) -> list[str]:
    told = [open_message(out.topic, out.data, KEYS) for out in messages]
    return [item.device for item in told if isinstance(item.message, IdentityShared)]


def test_both_processes_are_notified_and_one_finding_is_recorded(store: Store) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    handler = WelcomeHandler(store, KEY, lambda: AT)
    told = [notices(list(handler.handle([hello(start)], 0.0))) for start in (1, 2, 1, 2, 2)]
    assert told == [[], [], [DEVICE], [DEVICE], []]
    with store.reading() as connection:
        [(found, at)] = findings_of(connection)
    assert (found.device, found.epoch, found.kind, at) == (DEVICE, EPOCH, FindingKind.SHARED, AT)


def test_a_takeover_that_a_device_reports_is_recorded_and_it_is_not_notified(store: Store) -> None:
    """It knows already; a notice would make it report again, without end."""
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    report = Health(DeviceState.ONLINE, AT, Stamp(AT, 1), alarms=(SESSION_TAKEN_OVER,))
    handler = HealthHandler(store, lambda: AT)
    assert list(handler.handle([ReceivedMessage(DEVICE, Channel.HEALTH, report, b"")], 0.0)) == []
    with store.reading() as connection:
        [(found, _)] = findings_of(connection)
    assert found.kind is FindingKind.SHARED


def test_a_device_without_a_journal_is_notified_and_recorded_once_it_has_one(store: Store) -> None:
    handler = WelcomeHandler(store, KEY, lambda: AT)
    assert notices(list(handler.handle([hello(start) for start in (1, 2, 1)], 0.0))) == [DEVICE]
    with store.writing() as connection:
        assert findings_of(connection) == []
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    list(handler.handle([hello(2)], 0.0))
    with store.reading() as connection:
        assert len(findings_of(connection)) == 1
