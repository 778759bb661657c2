"""When each part of central has something to say although nothing arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from edge.signing.cose import MessageRefusal, Stamp
from edge.support.due import NEVER
from sync.central.configuration import load_configuration
from sync.central.devices.devices import KnownDevice, known_devices
from sync.central.devices.floods import REPORTED_EVERY, FloodHandler
from sync.central.devices.refusals import RefusalNotifier
from sync.central.devices.refused_messages import WRITTEN_EVERY, RefusalCounter
from sync.central.registry.publisher_handler import CHECK_EVERY, HeardHello, PublisherHandler
from sync.central.service import Central
from sync.central.store import Store, open_store
from sync.dispatch.handler import StatelessHandler
from sync.transport.core import LinkState
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    ClockQuestion,
    DeviceState,
    Health,
    Hello,
    ReceivedMessage,
    RefusedByDevice,
    RegistryWant,
    SealedMessage,
    batch_of,
    seal_message,
)
from tests.simulation.link import LATENCY
from tests.simulation.network import SimulatedNetwork
from tests.simulation.scheduler import Scheduler
from tests.sync.agent.wire import Site
from tests.sync.wire.examples import AT, DEVICE, KEY, OTHER_KEY, chained
from tests.sync.world import World

SITE = "green-court"
REFUSED = RefusedByDevice(Channel.WELCOME, bytes(32), MessageRefusal.INVALID.value, "why", AT)

_Heard = Callable[[], None]


def stranger(store: Store) -> tuple[StatelessHandler, _Heard]:
    notifier = RefusalNotifier(store, KEY, lambda: AT)
    return notifier, lambda: notifier.note_unverified("gp-9999")


def flood(store: Store) -> tuple[StatelessHandler, _Heard]:
    floods = FloodHandler(store, lambda: AT)
    return floods, lambda: floods.count_dropped(DEVICE, 5)


def refusal(store: Store) -> tuple[StatelessHandler, _Heard]:
    counter = RefusalCounter(store, lambda: AT)
    return counter, lambda: counter.note_by_device(DEVICE, REFUSED)


@pytest.mark.parametrize(
    ("part", "again_after"), [(stranger, 0.0), (flood, REPORTED_EVERY), (refusal, WRITTEN_EVERY)]
)
def test_what_was_heard_of_a_device_is_due_at_once_and_the_next_of_it_after_a_while(
    store: Store, part: Callable[[Store], tuple[StatelessHandler, _Heard]], again_after: float
) -> None:
    handler, hear = part(store)
    assert list(handler.due_messages(5.0)) == []
    assert handler.next_due(5.0) == NEVER
    hear()
    assert handler.next_due(5.0) <= 5.0
    list(handler.due_messages(5.0))
    assert handler.next_due(5.0) == NEVER
    hear()
    assert handler.next_due(6.0) <= max(6.0, 5.0 + again_after)
    list(handler.due_messages(max(6.0, 5.0 + again_after)))
    assert handler.next_due(90.0) == NEVER


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.publish()
    return made


def test_a_publisher_is_due_while_it_has_something_to_say_and_then_for_its_next_look(site: Site) -> None:
    devices = [f"gp-{number:04}" for number in range(60)]
    handler = PublisherHandler(site.announcer, lambda: dict.fromkeys(devices, SITE), KEY)
    conversation = handler.open_conversation(3.0)
    assert conversation.next_due(3.0) == 3.0, "the first look"
    assert len({item.topic.split("/")[1] for item in conversation.due_messages(3.0)}) == 50
    assert conversation.next_due(3.0) == 3.0, "ten devices were not told yet"
    assert len({item.topic.split("/")[1] for item in conversation.due_messages(3.1)}) == 10
    assert conversation.next_due(3.1) == 3.0 + CHECK_EVERY
    wanted = RegistryWant(site.publisher._site(SITE).manifest(1).snapshot.sha256, (0, 5))
    asked = [ReceivedMessage(device, Channel.REGISTRY_WANT, wanted, b"") for device in devices]
    assert list(conversation.handle(asked, 4.0))
    while conversation.next_due(4.0) == 4.0:
        list(conversation.due_messages(4.0))
    assert conversation.next_due(4.0) == 3.0 + CHECK_EVERY


def test_a_publisher_that_is_told_looks_at_once_and_how_often_else_is_a_setting(site: Site) -> None:
    handler = PublisherHandler(site.announcer, lambda: {DEVICE: SITE}, KEY, check_every=600.0)
    conversation = handler.open_conversation(0.0)
    list(conversation.due_messages(0.0))
    site.publish(hours=24 * 40)
    assert list(conversation.due_messages(599.0)) == []
    handler.notice()
    assert conversation.next_due(599.0) <= 599.0
    assert [item.topic for item in conversation.due_messages(599.0)] == [f"dn/{DEVICE}/registry/manifest"]
    assert conversation.next_due(599.0) == 599.0 + 600.0


def test_a_publisher_that_is_told_of_a_hello_answers_it_and_looks_for_nothing_published(site: Site) -> None:
    heard: dict[str, HeardHello] = {}
    handler = PublisherHandler(site.announcer, lambda: {DEVICE: SITE}, KEY, lambda: heard, check_every=600.0)
    conversation = handler.open_conversation(0.0)
    announced = [item.topic for item in conversation.due_messages(0.0)]
    site.publish(hours=24 * 40)
    heard[DEVICE] = HeardHello(Stamp(1, 1), b"another")
    handler.notice_hello()
    assert conversation.next_due(9.0) <= 9.0
    assert [item.topic for item in conversation.due_messages(9.0)] == announced, "what it knows"
    assert conversation.next_due(9.0) == 600.0


# --- the whole of central --------------------------------------------------------------------------


class Centre:
    """Central, on a network of its own whose time is its own too."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        world = World(folder, f"sqlite:///{folder}/central.sqlite", 1)
        world.enrol("gp-0002", OTHER_KEY, "rear")
        self.url = world.url
        self.scheduler = Scheduler(1)
        self.network = SimulatedNetwork(self.scheduler, 1)
        self.said: list[tuple[float, str]] = []
        self.network.watch = self._note
        configuration = load_configuration(world.central_file())
        process = self.network.process(
            configuration.central.id,
            lambda: self.scheduler.now,
            lambda: AT + round(self.scheduler.now * 1e6),
            Random(1).randbytes,
            may_wait=True,
        )
        self.central = Central(configuration, host=process.host)
        while self.central._link.state is not LinkState.READY:
            self.central.poll(0.01)

    def _note(self, who: str, step: SealedMessage | str) -> None:
        if who and isinstance(step, SealedMessage):
            self.said.append((self.scheduler.now, step.topic))

    def hear(self, *messages: SealedMessage) -> None:
        """Handle what comes from outside, once all of it is there."""
        for out in messages:
            self.network.say(out)
        self.scheduler.run(self.scheduler.now + 2.0 * LATENCY[1])
        self.central.poll(0.0)

    def until(self, ends: float, step: float) -> int:
        """Poll it until `ends`, every `step` seconds (0: only when it is due); returns how often it was."""
        polls = 0
        while True:
            now = self.scheduler.now
            due = now + step if step else max(self.central.next_due(), now + 0.001)
            if due > ends:
                self.scheduler.run(ends)
                return polls
            self.scheduler.run(due)
            self.central.poll(0.0)
            polls += 1

    def gates(self) -> list[KnownDevice]:
        store = open_store(self.url)
        with store.reading() as connection:
            found = known_devices(connection)
        store.close()
        return found


@contextmanager
def centre(folder: Path) -> Iterator[Centre]:
    made = Centre(folder)
    try:
        yield made
    finally:
        made.central.close()


def hello(counter: int) -> SealedMessage:
    said = Hello(bytes([counter]) * 16, Stamp(AT, counter), SPEAKS, SCHEMA, started=counter % 2 + 1)
    return seal_message(said, DEVICE, KEY)


SCRIPT: tuple[tuple[float, tuple[SealedMessage, ...]], ...] = (
    (5.0, (hello(1),)),
    (6.0, (seal_message(batch_of(chained(3), 0), DEVICE, KEY),)),
    (20.0, (seal_message(ClockQuestion(bytes(16)), "gp-9999", KEY),)),
    (21.0, tuple(seal_message(ClockQuestion(bytes([n]) * 16), DEVICE, KEY) for n in range(40))),
    (22.0, (hello(1), hello(2), hello(3))),
    (40.0, (seal_message(Health(DeviceState.ONLINE, AT, Stamp(AT, 4)), "gp-0002", OTHER_KEY),)),
    (41.0, (seal_message(Health(DeviceState.ONLINE, AT, Stamp(AT, 4)), "gp-0002", OTHER_KEY),)),
    (75.0, (seal_message(ClockQuestion(bytes(16)), "gp-9999", KEY),)),
)
"""What arrives, and when: greetings, events, a stranger, a flood, something recorded, a shared identity."""


def test_one_that_is_polled_when_it_is_due_says_and_stores_what_one_that_is_asked_all_the_time_does(
    tmp_path: Path,
) -> None:
    with centre(tmp_path / "often") as often, centre(tmp_path / "due") as seldom:
        for one, step in ((often, 0.2), (seldom, 0.0)):
            for at, messages in SCRIPT:
                one.until(at, step)
                one.hear(*messages)
            polls = one.until(600.0, step)
        assert [topic for _, topic in seldom.said] == [topic for _, topic in often.said]
        assert [at for at, _ in seldom.said] == pytest.approx([at for at, _ in often.said], abs=0.25)
        assert len(seldom.said) > 20
        assert [replace(item, last_seen=0) for item in seldom.gates()] == [
            replace(item, last_seen=0) for item in often.gates()
        ]
        assert polls < 10, "of nine quiet minutes"


def test_centrals_clock_is_that_of_its_host(tmp_path: Path) -> None:
    with centre(tmp_path / "centre") as one:
        one.until(5.0, 0.2)
        one.hear(hello(1))
        [heard, _] = one.gates()
        assert heard.last_seen == AT + round(one.scheduler.now * 1e6)
