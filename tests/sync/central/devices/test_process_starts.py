"""What central makes of the reports of two processes with one identity. FAULTS 47."""

from __future__ import annotations

import pytest

from sync.central.devices.health_and_clock import HealthHandler
from sync.central.devices.process_starts import ProcessStarts
from sync.central.journals.journals import FindingKind, findings_of, store_batch
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


@pytest.mark.parametrize(
    ("what", "starts", "by_turns"),
    [
        ("one process", [1, 1, 1], [False, False, False]),
        ("one that is started again and again", [1, 2, 3, 4, 5], [False] * 5),
        ("one whose clock was not set at a start", [5, 1, 6], [False] * 3),
        ("wills in between", [1, 0, 1, 0, 2, 0], [False] * 6),
        ("two", [1, 2, 1, 2], [False, False, True, True]),
        ("two, and a will of each", [1, 0, 2, 0, 1], [False, False, False, False, True]),
        ("two, one of them started anew", [1, 2, 3, 1], [False, False, False, True]),
    ],
)
def test_two_processes_are_told_from_one_by_what_they_say_of_their_starts(
    what: str, starts: list[int], by_turns: list[bool]
) -> None:
    seen = ProcessStarts()
    other = Health(DeviceState.ONLINE, AT, started=9)
    for start, shared in zip(starts, by_turns, strict=True):
        health = Health(DeviceState.ONLINE if start else DeviceState.GONE, AT, started=start)
        assert seen.alternates(DEVICE, health) is shared, what
        assert not seen.alternates("gp-0002", other), "each device by itself"


def notices(messages: list[SealedMessage]) -> list[str]:
    told = [open_message(out.topic, out.data, KEYS) for out in messages]
    return [item.device for item in told if isinstance(item.message, IdentityShared)]


def test_both_are_told_and_it_is_written_down_once(store: Store) -> None:
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    handler = HealthHandler(store, KEY, lambda: AT)
    told = [notices(list(handler.handle([report(start)], 0.0))) for start in (1, 2, 1, 2, 2)]
    assert told == [[], [], [DEVICE], [DEVICE], []]
    with store.reading() as connection:
        [(found, at)] = findings_of(connection)
    assert (found.device, found.epoch, found.kind, at) == (DEVICE, EPOCH, FindingKind.SHARED, AT)


def test_one_that_was_thrown_out_says_so_and_is_believed_but_told_nothing(store: Store) -> None:
    """It knows. Were it told again, it would go on saying so."""
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    handler = HealthHandler(store, KEY, lambda: AT)
    assert notices(list(handler.handle([report(1, SESSION_TAKEN_OVER)], 0.0))) == []
    with store.reading() as connection:
        [(found, _)] = findings_of(connection)
    assert found.kind is FindingKind.SHARED


def test_a_device_without_a_journal_is_told_and_written_down_when_it_has_one(store: Store) -> None:
    handler = HealthHandler(store, KEY, lambda: AT)
    assert notices(list(handler.handle([report(start) for start in (1, 2, 1)], 0.0))) == [DEVICE]
    with store.writing() as connection:
        assert findings_of(connection) == []
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
    list(handler.handle([report(2)], 0.0))
    with store.reading() as connection:
        assert len(findings_of(connection)) == 1
