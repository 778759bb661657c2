"""The centre's clock, or the gate's, is set back while their link lives: each goes on as if nothing had been.

FAULTS 24, 25 and 43. The time that passes is virtual: see `tests/sync/story.py`. What is ordered by a clock
across the wire is only what a broker could repeat: a link's number, which the other end tells, and a notice
of central's, of which the next link begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.central.devices.devices import KnownDevice, suspend_device
from sync.central.store import open_store
from sync.central.units import DAY, HOUR
from sync.transport.clock import wall
from sync.wire import Channel, SealedMessage
from tests.simulation.plan import Fault
from tests.sync.story import Story
from tests.sync.wire.examples import DEVICE

pytestmark = pytest.mark.usefixtures("quiet")

BACK = {"an hour": HOUR, "a day": DAY, "from 2099": 73 * 365 * DAY}
ANSWERS = (Channel.WELCOME, Channel.CLOCK_ANSWER, Channel.ACKNOWLEDGEMENT)
ASKED_WITHIN = 310.0
"""A gate asks for central's time every 300 s."""
SILENT_FOR = 100.0
"""After so long without an answer a link ends."""


@dataclass
class Wall:
    """A clock that shows `ahead` microseconds more than is true."""

    ahead: int = 0

    def __call__(self) -> int:
        return wall() + self.ahead


@dataclass
class Place:
    """A gate and its centre, each with a clock of its own."""

    story: Story
    gate: Wall
    centre: Wall

    def settle(self, count: int) -> None:
        """The gate writes so many events, and central has them all."""
        self.story.write(count)
        assert self.story.run(60.0, until=self.story.drained)
        assert len(self.story.world.stored()) == len(self.story.told)

    def answers(self) -> Callable[[], set[Channel]]:
        """On which channels central answers from now on."""
        heard: set[Channel] = set()

        def watch(_: str, step: SealedMessage | str) -> None:
            if isinstance(step, SealedMessage):
                heard.update(each for each in ANSWERS if step.topic == each.of(DEVICE))

        self.story.network.watch = watch
        return lambda: heard

    def link_anew(self) -> None:
        """The gate loses its link, and has another."""
        links, end = self.story.links(), self.story.begin(Fault.LINK_AWAY, DEVICE)
        self.story.run(SILENT_FOR)
        end()
        assert self.story.run(60.0, until=lambda: self.story.links() > links)

    def known(self) -> KnownDevice:
        return self.story.world.gates()[DEVICE]


@pytest.fixture(params=list(BACK.values()), ids=list(BACK))
def back(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def place(folder: Path, founded: Path, back: int) -> Iterator[Place]:
    """Both clocks are ahead by what they will be set back; all is settled."""
    gate, centre = Wall(back), Wall(back)
    story = Story(folder, founded, wall=gate, central_wall=centre)
    try:
        story.centre_begins()
        made = Place(story, gate, centre)
        made.settle(4)
        yield made
    finally:
        story.close()


@pytest.mark.parametrize("whose", ["the centre's", "the gate's", "both"])
def test_a_link_lives_on_and_all_is_answered(place: Place, whose: str) -> None:
    answered = place.answers()
    place.centre.ahead = 0 if whose != "the gate's" else place.centre.ahead
    place.gate.ahead = 0 if whose != "the centre's" else place.gate.ahead
    place.settle(4)
    place.story.run(ASKED_WITHIN)
    assert answered() >= {Channel.CLOCK_ANSWER, Channel.ACKNOWLEDGEMENT}
    assert place.story.links() == 1, "no link was lost for it"
    assert place.known().last_seen == pytest.approx(place.centre(), abs=HOUR // 2)
    assert place.story.agent._current_health().alarms == ()
    assert place.story.world.findings() == []


@pytest.mark.parametrize("whose", ["the centre's", "the gate's", "both"])
def test_another_link_is_welcomed(place: Place, whose: str) -> None:
    place.centre.ahead = 0 if whose != "the gate's" else place.centre.ahead
    place.gate.ahead = 0 if whose != "the centre's" else place.gate.ahead
    answered = place.answers()
    place.link_anew()
    place.settle(4)
    place.story.run(ASKED_WITHIN)
    assert answered() == {*ANSWERS}
    assert place.known().state == "online"
    assert place.story.world.findings() == []


def test_a_centre_that_begins_anew_with_its_clock_set_back_knows_what_it_stored(place: Place) -> None:
    place.story.centre_ends()
    place.centre.ahead = 0
    place.story.write(4)
    place.story.run(SILENT_FOR)
    place.story.centre_begins()
    assert place.story.run(60.0, until=place.story.drained)
    assert len(place.story.world.stored()) == 8
    assert place.story.world.findings() == []


def test_who_is_put_out_of_service_after_that_is_told_so_though_by_an_earlier_clock(place: Place) -> None:
    """What was told on this link was told later, by that clock: it counts from the next link on."""
    place.centre.ahead = 0
    store = open_store(place.story.world.url)
    with store.writing() as connection:
        suspend_device(connection, DEVICE, place.centre())
    store.close()
    agent = place.story.agent
    soon = 4 * SILENT_FOR
    assert place.story.run(soon, until=lambda: "suspended" in (agent.waiting_reason() or ""))
