"""What central makes of hellos and reports: an identity used twice is found, and both are told (FAULTS 47); a
gate that has heard of more than is stored is told how much is.
"""

from __future__ import annotations

from itertools import count

import pytest

from edge.journal.format import START, Acknowledgement
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
    handler = HealthHandler(store, KEY, lambda: AT)
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


STORED = chained(3)
LATER = AT + 60_000_000
LOST_OF_IT = Acknowledgement(EPOCH, 3, STORED[-1].hash, LATER)
LOST_WHOLE = Acknowledgement(bytes(16), 0, START, LATER)


@pytest.mark.parametrize(
    ("epoch", "acknowledged", "told"),
    [
        pytest.param(EPOCH, 2, [], id="less than is stored: a word is on its way"),
        pytest.param(EPOCH, 3, [], id="all that is stored"),
        pytest.param(EPOCH, 4, [LOST_OF_IT], id="one more than is stored"),
        pytest.param(EPOCH, 2**63 - 1, [LOST_OF_IT], id="more than any journal has"),
        pytest.param(bytes(16), 0, [], id="nothing of an epoch that is not here"),
        pytest.param(bytes(16), 1, [LOST_WHOLE], id="something of an epoch that is not here"),
        pytest.param(None, 0, [], id="a gate without a journal"),
        pytest.param(None, 1, [], id="something of no epoch"),
    ],
)
def test_a_gate_that_has_heard_of_more_than_is_stored_is_told_how_much_is(
    store: Store, epoch: bytes | None, acknowledged: int, told: list[Acknowledgement]
) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(STORED, 0), AT)
    report = Health(DeviceState.ONLINE, AT, Stamp(AT, 1), epoch=epoch, newest=3, acknowledged=acknowledged)
    handler = HealthHandler(store, KEY, lambda: LATER)
    answers = list(handler.handle([ReceivedMessage(DEVICE, Channel.HEALTH, report, b"")], 0.0))
    assert [open_message(out.topic, out.data, KEYS).message for out in answers] == told
    again = list(handler.handle([ReceivedMessage(DEVICE, Channel.HEALTH, report, b"")], 0.0))
    assert again == [], "a recorded report is answered by nothing"
