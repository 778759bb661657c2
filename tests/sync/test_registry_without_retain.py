"""Both ends of registry down, over a wire that keeps nothing and loses what it likes; in virtual time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sync.agent.core.link_stamps import LinkStamps
from sync.agent.core.question_schedule import ASKED_EVERY
from sync.agent.core.told_times import ToldTimes
from sync.agent.hello import Greeting, HelloHandler
from sync.agent.registry_handler import RegistryHandler
from sync.central.registry.publisher_handler import CHECK_EVERY, PublisherHandler
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Hello,
    ReceivedMessage,
    RegistryManifest,
    RegistryUrgent,
    SealedMessage,
    Welcome,
    open_message,
    seal_message,
)
from tests.edge.registry.repository import NOW, changed
from tests.examples import LONG
from tests.sync.agent.wire import Site
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS

SITE = "green-court"
LONGEST_POLL = 0.5


class Wire:
    """A gate and a centre on it; `lose` says of each message down whether it gets lost."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.now = 0.0
        self.lose: Callable[[ReceivedMessage], bool] = lambda _: False
        self.down: list[ReceivedMessage] = []
        """What came down since the gate was last linked."""
        self._centre = PublisherHandler(site.announcer, lambda: {DEVICE: SITE}, KEY)
        self._gate = RegistryHandler(DEVICE, KEY, site.down)
        greeting = Greeting(DEVICE, KEY, "0.1.0", AT, site.down.held)
        chances = random.Random(1)
        stamps = LinkStamps(lambda: AT)
        self._hello = HelloHandler(greeting, stamps, ToldTimes(), chances.random, chances.randbytes)
        self.centre_linked()
        self.gate_linked()

    def centre_linked(self) -> None:
        self._at_centre = self._centre.open_conversation(self.now)

    def gate_linked(self) -> None:
        self._at_gate = self._gate.open_conversation(self.now)
        self._greets = self._hello.open_conversation(self.now)
        self.down.clear()

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let both go on for so long; whether `until` came to hold."""
        ends = self.now + seconds
        while not until():
            if self.now >= ends:
                return False
            self.now += LONGEST_POLL
            self._come_up(self._greets.due_messages(self.now))
            self._come_up(self._at_gate.due_messages(self.now))
            self._come_down(self._at_centre.due_messages(self.now))
            self.site.registry_service.look()
        return True

    def _come_up(self, out: Iterable[SealedMessage]) -> None:
        for message in list(out):
            heard = opened(message)
            if isinstance(heard.message, Hello):
                welcome = Welcome(heard.message.nonce, AT, 0, SPEAKS, SCHEMA)
                self._come_down([seal_message(welcome, DEVICE, KEY)])
            self._come_down(self._at_centre.handle([heard], self.now))

    def _come_down(self, out: Iterable[SealedMessage]) -> None:
        for message in map(opened, list(out)):
            if not self.lose(message):
                self.down.append(message)
                self._greets.handle([message], self.now)
                self._come_up(self._at_gate.handle([message], self.now))


def opened(out: SealedMessage) -> ReceivedMessage:
    return open_message(out.topic, out.data, KEYS)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.publish()
    return made


@pytest.fixture
def wire(site: Site) -> Wire:
    """Both have linked for long, and the gate holds the first version."""
    made = Wire(site)
    assert made.run(10.0, until=lambda: site.version == 1)
    made.run(1_000.0)
    return made


def publish_another(site: Site) -> None:
    site.publish(changed(site.repository.content, {"subject-1": {"name": "another"}}), held=(1,))


def test_what_is_published_and_revoked_reaches_a_connected_gate_at_once(wire: Wire, site: Site) -> None:
    publish_another(site)
    assert wire.run(CHECK_EVERY + 3 * LONGEST_POLL, until=lambda: site.version == 2)
    site.publisher.revoke(SITE, NOW.at, subjects=("subject-1",))
    assert wire.run(CHECK_EVERY + 3 * LONGEST_POLL, until=lambda: revoked(site))


def revoked(site: Site) -> bool:
    held = site.registry_service.holdings()
    return held is not None and "subject-1" not in held.registry.subjects


@pytest.mark.parametrize("kind", [RegistryManifest, RegistryUrgent])
def test_an_announcement_that_got_lost_is_caught_by_the_next_question(
    wire: Wire, site: Site, kind: type
) -> None:
    lost: list[ReceivedMessage] = []

    def lose(item: ReceivedMessage) -> bool:
        if lost or not isinstance(item.message, kind):
            return False
        lost.append(item)
        return True

    wire.lose = lose
    publish_another(site)
    site.publisher.revoke(SITE, NOW.at, subjects=("subject-1",))
    assert wire.run(ASKED_EVERY + CHECK_EVERY, until=lambda: site.version == 2 and revoked(site))
    assert lost


def test_a_gate_that_comes_back_asks_at_once_and_gets_only_what_is_new(wire: Wire, site: Site) -> None:
    wire.gate_linked()
    assert wire.run(LONGEST_POLL, until=lambda: bool(wire.down))
    assert [type(item.message) for item in wire.down] == [Welcome], "it has everything"
    wire.lose = lambda _: True  # it is away
    publish_another(site)
    wire.run(ASKED_EVERY)
    wire.lose = lambda _: False
    wire.gate_linked()
    assert wire.run(3 * LONGEST_POLL, until=lambda: site.version == 2)


def test_a_gate_whose_link_is_up_before_centrals_gets_the_announcements_when_that_is_up(
    wire: Wire, site: Site
) -> None:
    wire.lose = lambda _: True
    publish_another(site)
    wire.gate_linked()
    wire.run(10.0)
    wire.lose = lambda _: False
    wire.centre_linked()
    assert wire.run(3 * LONGEST_POLL, until=lambda: site.version == 2)


@pytest.mark.longer
def test_quiet_hours_cost_little(wire: Wire) -> None:
    hours = 2 if LONG else 1
    wire.down.clear()
    wire.run(hours * 3_600.0)
    sizes = [len(item.data) for item in wire.down]
    assert 12 * hours - 1 <= len(sizes) <= 24 * hours + 1, "one answer every 150 to 300 s"
    assert sum(sizes) < 25_000 * hours
