"""What was recorded and is sent again counts no more: the database decides, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.signing.cose import LATEST, Stamp
from sync.agent.core.link_stamps import LinkStamps
from sync.central.devices.devices import known_devices, note_health
from sync.central.devices.health_and_clock import HealthHandler
from sync.central.devices.hello import WelcomeHandler
from sync.central.devices.stamps import LINKS_AHEAD, newest_link, take_stamp
from sync.central.store import Store
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    DeviceState,
    Health,
    Held,
    Hello,
    ReceivedMessage,
    Welcome,
    open_message,
)
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS

OTHER = "gp-0002"


def taken(store: Store, channel: Channel, epoch: int, counter: int, device: str = DEVICE) -> bool:
    with store.writing() as connection:
        return take_stamp(connection, device, channel, Stamp(epoch, counter))


@pytest.mark.parametrize(
    ("what", "stamps"),
    [
        ("counting on", [(5, 1, True), (5, 2, True), (5, 9, True)]),
        ("sent again", [(5, 1, True), (5, 1, False)]),
        ("out of order", [(5, 3, True), (5, 2, False), (5, 4, True)]),
        ("another link counts from one", [(5, 9, True), (6, 1, True), (6, 2, True)]),
        ("of an earlier link", [(5, 9, True), (6, 1, True), (5, 10, False)]),
        ("a counter of nothing", [(5, 0, False)]),
        ("the largest counter", [(5, 2**63 - 1, True), (5, 2**63 - 1, False), (6, 1, True)]),
        ("a clock at the end of time", [(LATEST, 1, True), (LATEST + 1, 1, True)]),
        ("numbers used up at once", [(2**63 - 1, 1, False), (5, 1, True), (2**63 - 1, 1, False)]),
        (
            "as far as links can reach",
            [
                (LATEST + LINKS_AHEAD, 1, True),
                (LATEST + 2 * LINKS_AHEAD + 1, 1, False),
                (LATEST + 2 * LINKS_AHEAD, 1, True),
            ],
        ),
    ],
)
def test_a_stamp_counts_if_it_is_greater(
    store: Store, what: str, stamps: list[tuple[int, int, bool]]
) -> None:
    for epoch, counter, news in stamps:
        assert taken(store, Channel.HEALTH, epoch, counter) is news, what


def test_each_channel_counts_by_itself_and_a_newer_link_ends_the_earlier_for_all(store: Store) -> None:
    assert taken(store, Channel.HELLO, 5, 7)
    assert taken(store, Channel.HEALTH, 5, 3), "its own counter"
    assert taken(store, Channel.HEALTH, 5, 3, OTHER), "its own device"
    assert taken(store, Channel.HELLO, 6, 1)
    assert not taken(store, Channel.HEALTH, 5, 4), "recorded before the newest link"
    assert not taken(store, Channel.HEALTH, 5, 1, "nobody")


def test_two_processes_take_the_same_message_once(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        for counter in range(1, 20):
            news = pool.map(lambda _, number=counter: taken(store, Channel.HEALTH, 5, number), range(4))
            assert sum(news) == 1


# --- health --------------------------------------------------------------------------------------


def state(store: Store) -> tuple[str | None, int | None, int | None]:
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    return gate.state, gate.last_seen, gate.registry_version


def health(epoch: int, counter: int, state: DeviceState = DeviceState.ONLINE, **more: object) -> Health:
    return Health(state, AT, Stamp(epoch, counter), **more)  # type: ignore[arg-type]


def test_a_day_old_report_changes_nothing(store: Store) -> None:
    clock = [AT]
    handler = HealthHandler(store, KEY, lambda: clock[0])

    def hear(*reports: Health) -> None:
        messages = [ReceivedMessage(DEVICE, Channel.HEALTH, report, b"") for report in reports]
        assert list(handler.handle(messages, 0.0)) == []

    recorded = health(5, 1, held=Held(77))
    hear(recorded)
    hear(health(5, 2, DeviceState.STOPPED, held=Held(78)))
    before = state(store)
    assert before == ("stopped", AT, 78)
    clock[0] += 86_400_000_000
    hear(recorded)
    assert state(store) == before
    hear(health(5, 3, held=Held(79)), recorded)
    assert state(store) == ("online", clock[0], 79), "one that is news beside it counts"


def test_only_the_will_of_the_newest_link_counts_and_after_all_that_was_said_on_it(store: Store) -> None:
    handler = HealthHandler(store, KEY, lambda: AT)

    def hear(*reports: Health) -> str | None:
        messages = [ReceivedMessage(DEVICE, Channel.HEALTH, report, b"") for report in reports]
        list(handler.handle(messages, 0.0))
        return state(store)[0]

    old, new = health(5, 0, DeviceState.GONE), health(6, 0, DeviceState.GONE)
    assert hear(health(5, 1), health(6, 1)) == "online"
    assert hear(old) == "online", "the broker sent it hours later"
    assert hear(new, health(6, 2)) == "gone", "it is the last word of its link"
    assert hear(health(7, 1)) == "online"
    assert hear(new) == "online"


def test_a_report_that_is_sent_again_is_answered_also_where_both_are_heard_at_once(store: Store) -> None:
    refused: list[bytes] = []
    handler = HealthHandler(store, KEY, lambda: AT, lambda _topic, data, _why: refused.append(data))
    messages = [
        ReceivedMessage(DEVICE, Channel.HEALTH, health(5, counter), b"%d" % counter) for counter in (1, 2, 1)
    ]
    list(handler.handle(messages, 0.0))
    assert refused == [b"1"]


def test_a_restored_database_takes_what_comes(store: Store) -> None:
    """The highest stamp that it has is lower: the next one is news."""
    with store.writing() as connection:
        take_stamp(connection, DEVICE, Channel.HEALTH, Stamp(5, 1))
        note_health(connection, DEVICE, health(5, 1), AT)
    assert taken(store, Channel.HEALTH, 9, 40)


# --- hello ---------------------------------------------------------------------------------------


def hello(epoch: int, counter: int, held: Held = Held(), nonce: int = 0) -> Hello:  # noqa: B008 - frozen
    return Hello(bytes([nonce]) * 16, Stamp(epoch, counter), SPEAKS, SCHEMA, software="2", held=held)


def welcomed(handler: WelcomeHandler, *hellos: Hello) -> list[Welcome]:
    messages = [ReceivedMessage(DEVICE, Channel.HELLO, item, b"") for item in hellos]
    answers = [open_message(out.topic, out.data, KEYS) for out in handler.handle(messages, 0.0)]
    assert {item.device for item in answers} <= {DEVICE}
    return [item.message for item in answers if isinstance(item.message, Welcome)]


def test_a_hello_is_stored_and_answered_with_the_highest_epoch_before_it(store: Store) -> None:
    handler = WelcomeHandler(store, KEY, lambda: AT)
    [welcome] = welcomed(handler, hello(5, 1, Held(4, 2, 3), nonce=1))
    assert (welcome.nonce, welcome.at, welcome.epoch) == (bytes([1]) * 16, AT, 0)
    assert (welcome.speaks, welcome.schema) == (SPEAKS, SCHEMA)
    assert [item.epoch for item in welcomed(handler, hello(5, 2))] == [5]
    assert [item.epoch for item in welcomed(handler, hello(9, 1))] == [5]
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
        assert newest_link(connection, DEVICE) == 9
    assert (gate.registry_version, gate.root_version, gate.revocations, gate.software) == (4, 2, 3, "2")


def test_a_gate_whose_clock_was_set_back_is_told_and_nothing_of_its_link_is_stored(store: Store) -> None:
    handler = WelcomeHandler(store, KEY, lambda: AT)
    welcomed(handler, hello(9, 1, Held(7)))
    [welcome] = welcomed(handler, hello(4, 1, Held(3)))
    assert welcome.epoch == 9
    assert state(store)[2] == 7
    [again] = welcomed(handler, hello(welcome.epoch + 1, 1, Held(3)))
    assert (again.epoch, state(store)[2]) == (9, 3)


def test_a_gate_is_heard_again_after_a_hello_that_names_the_last_number_of_all(store: Store) -> None:
    """Who stole a device's key says it once: the device itself could number no link after it."""
    handler, stamps = WelcomeHandler(store, KEY, lambda: AT), LinkStamps(lambda: AT)
    welcomed(handler, hello(2**63 - 1, 1, Held(99)))
    stamps.begin_link()
    for _ in range(2):
        stamp = stamps.next()
        [welcome] = welcomed(handler, Hello(bytes(16), stamp, SPEAKS, SCHEMA, held=Held(3)))
        stamps.note_heard(welcome.epoch)
    assert (stamps.is_behind, state(store)[2]) == (False, 3)


def test_a_gate_that_speaks_no_common_version_is_told_what_central_speaks(store: Store) -> None:
    handler = WelcomeHandler(store, KEY, lambda: AT)
    future = Hello(bytes(16), Stamp(5, 1), (2, 3), 9)
    assert [item.speaks for item in welcomed(handler, future)] == [SPEAKS]
