"""A gate's sync process that is polled only when it is due says what it says when it is polled all the time.

Whatever happens, nothing that time alone has it say is forgotten: the same messages, at the same times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from edge.counting.core.occupancy import Tally
from sync.agent.health import MEASURED_EVERY
from sync.transport.clock import wall
from sync.wire import Channel, Health, SealedMessage, open_message
from tests.events import decided
from tests.examples import LONG, alike
from tests.simulation.network import Tamperer
from tests.simulation.plan import Fault
from tests.simulation.scheduler import Scheduler
from tests.sync.agent.wire import Site
from tests.sync.story import Story
from tests.sync.wire.examples import COUNTS, DEVICE, KEYS
from tests.sync.world import WALL

pytestmark = pytest.mark.usefixtures("quiet")

LASTS = 1_500.0 if LONG else 700.0
EVERY = 0.5
"""Seconds between two polls of the one that is polled all the time."""
Said = dict[Channel, list[float]]


class Script:
    """What happens to one of the two, drawn from a seed: the same to both, at the same times."""

    def __init__(
        self, folder: Path, founded: Path, site: Site | None, seed: int, every: float, begins: int
    ) -> None:
        self.chances = Random(seed)
        upload = self.chances.choice([0, 0, 2_000])
        self._begins, self.scheduler = begins, Scheduler(1)
        self.story = Story(
            folder, founded, site=site, every=every, upload=upload, wall=self._wall, scheduler=self.scheduler
        )
        self.said: Said = defaultdict(list)
        self.alarms: list[tuple[float, object]] = []
        self.story.network.watch = self._note
        self._entered = 0
        self._end: Callable[[], None] = lambda: None

    def _wall(self) -> int:
        return self._begins + round(1e6 * self.scheduler.now)

    def _note(self, who: str, step: SealedMessage | str) -> None:
        if who != DEVICE or isinstance(step, str):
            return
        channel = next(channel for channel in Channel if channel.of(DEVICE) == step.topic)
        now = self.story.scheduler.now
        if channel is not Channel.HEALTH:
            self.said[channel].append(now)
            return
        health = open_message(step.topic, step.data, KEYS).message
        assert isinstance(health, Health)
        what = health.alarms, tuple(health.refused), health.held, health.clock_offset is None
        if not self.alarms or self.alarms[-1][1] != what:
            self.alarms.append((now, what))

    def play(self) -> Script:
        story, chances = self.story, self.chances
        try:
            story.centre_begins()
            while story.scheduler.now < LASTS:
                what = chances.choice(ACTS)
                lasts = chances.choice([0.3, 3.0, 15.0, 45.0, 120.0])
                what(self, lasts)
                story.run(chances.choice([0.5, 10.0, 60.0, 200.0]))
            story.run(400.0)
        finally:
            story.close()
        return self

    # --- what happens --------------------------------------------------------------------------

    def nothing(self, seconds: float) -> None:
        self.story.run(seconds)

    def events(self, _: float) -> None:
        self.story.write(self.chances.choice([1, 1, 3, 150]))

    def grant(self, _: float) -> None:
        """An event that waits for others."""
        self.story.told.append(self.story.journal.append(decided(), WALL))
        self.story.gate.wake()

    def counts(self, _: float) -> None:
        self._entered += 1
        mine = msgspec.structs.replace(COUNTS.counters[0], tally=Tally(entered=self._entered))
        (self.story.folder / "counts.json").write_bytes(
            msgspec.json.encode(msgspec.structs.replace(COUNTS, counters=(mine,)))
        )
        self.story.gate.wake()

    def half_a_file(self, seconds: float) -> None:
        (self.story.folder / "counts.json").write_bytes(b"{")
        self.story.gate.wake()
        self.story.run(seconds)

    def gate_away(self, seconds: float) -> None:
        self.story.feed.is_served = False
        self.story.gate.wake()
        self.story.run(max(seconds, 2.0 * MEASURED_EVERY))  # so that either measures it
        self.story.feed.is_served = True

    def centre_away(self, seconds: float) -> None:
        self.story.centre_ends()
        self.story.run(seconds)
        self.story.centre_begins()

    def fault(self, fault: Fault, target: str, seconds: float) -> None:
        end = self.story.begin(fault, target)
        self.story.run(seconds)
        end()

    def lost(self, channel: Channel, seconds: float) -> None:
        """Nothing on one channel comes through."""

        def hand_on(out: SealedMessage) -> Iterator[tuple[float, bytes]]:
            if out.topic != channel.of(DEVICE):
                yield 0.0, out.data

        tamperer = Tamperer("", hand_on)
        self.story.network.tamperers.append(tamperer)
        self.story.write(self.chances.choice([0, 1, 3]))
        if self.chances.random() < 0.3:
            self.story.begin(Fault.LINK_LOST, DEVICE)
        self.story.run(seconds)
        self.story.network.tamperers.remove(tamperer)


def fault(which: Fault, target: str = "") -> Callable[[Script, float], None]:
    return lambda script, seconds: script.fault(which, target, seconds)


def lost(channel: Channel) -> Callable[[Script, float], None]:
    return lambda script, seconds: script.lost(channel, seconds)


ACTS: list[Callable[[Script, float], None]] = [
    Script.nothing,
    Script.events,
    Script.events,
    Script.grant,
    Script.counts,
    Script.half_a_file,
    Script.gate_away,
    Script.centre_away,
    fault(Fault.LINK_AWAY, DEVICE),
    fault(Fault.LINK_LOST, DEVICE),
    fault(Fault.LINK_REFUSED),
    fault(Fault.ACL_REVOKED, DEVICE),
    fault(Fault.BROKER_KILLED),
    *(
        lost(channel)
        for channel in (
            Channel.WELCOME,
            Channel.HELLO,
            Channel.ACKNOWLEDGEMENT,
            Channel.JOURNAL,
            Channel.CLOCK_ANSWER,
            Channel.REGISTRY_CHUNK,
            Channel.REGISTRY_WANT,
        )
    ),
]


@pytest.mark.longer
@pytest.mark.parametrize("downloads", [False, True])
@pytest.mark.parametrize("seed", alike(range(4)))
def test_whatever_happens_nothing_is_said_later_than_by_one_that_is_polled_all_the_time(
    folder: Path, founded: Path, site: Site, seed: int, downloads: bool
) -> None:
    begins, played = wall(), []  # a registry counts for a month of the real calendar
    for name, every in (("due", float("inf")), ("always", EVERY)):
        place = folder / name
        place.mkdir()
        played.append(Script(place, founded, site if downloads else None, seed, every, begins).play())
    due, always = played
    assert due.said.keys() == always.said.keys()
    for channel, times in due.said.items():
        assert times == pytest.approx(always.said[channel], abs=1.0), channel
    assert [what for _, what in due.alarms] == [what for _, what in always.alarms]
    assert [at for at, _ in due.alarms] == pytest.approx(
        [at for at, _ in always.alarms], abs=MEASURED_EVERY + 1
    )
    assert len(due.said[Channel.HELLO]) >= 4
