"""A centre, a broker or a network that is away, for any time, in any phase: afterwards everything is there.

FAULTS 39. No process is started anew by anybody. The time is virtual: see `tests/sync/story.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from sync.agent.agent import Agent
from sync.central.journals.findings import FindingKind
from sync.transport.clock import wall
from sync.wire import (
    Channel,
    DeviceRefused,
    JournalBatch,
    RefusedDevice,
    SealedMessage,
    open_message,
    seal_message,
)
from tests.simulation.plan import Fault
from tests.sync.agent.wire import Site
from tests.sync.story import WATCHDOG, Story
from tests.sync.wire.examples import DEVICE, KEYS
from tests.sync.world import CENTRAL_KEY

pytestmark = pytest.mark.usefixtures("quiet")

DAY = 86_400.0
TIMES = {"5 s": 5.0, "89 s": 89.0, "91 s": 91.0, "10 min": 600.0, "2 days": 2 * DAY, "30 days": 30 * DAY}

Step = SealedMessage | str


def _rows(step: Step) -> int | None:
    """How many events the gate sent; None: something else was said."""
    if isinstance(step, str) or step.topic != Channel.JOURNAL.of(DEVICE):
        return None
    batch = open_message(step.topic, step.data, KEYS).message
    assert isinstance(batch, JournalBatch)
    return len(batch.rows)


def _on(channel: Channel) -> Callable[[str, Step], bool]:
    return lambda _, step: isinstance(step, SealedMessage) and step.topic == channel.of(DEVICE)


PHASES: dict[str, Callable[[str, Step], bool]] = {
    "connected": lambda who, step: (who, step) == (DEVICE, "connected"),
    "subscribed": lambda who, step: (who, step) == (DEVICE, "subscribed"),
    "hello sent": _on(Channel.HEALTH),
    "clock asked": _on(Channel.CLOCK_QUESTION),
    "place asked": lambda _, step: _rows(step) == 0,
    "batch sent": lambda _, step: bool(_rows(step)),
    "batch acknowledged": _on(Channel.ACKNOWLEDGEMENT),
    "in a download": _on(Channel.REGISTRY_CHUNK),
    "in a command": _on(Channel.COMMAND),
}
"""Where in a link's life it strikes: just after the broker had this."""

ALL_PHASES = ["before it connects", *PHASES, "idle"]


class Absence:
    """What goes away, and comes back."""

    def __init__(self, story: Story, who: str) -> None:
        self._story = story
        self._who = who
        self._end = story.centre_begins

    def go(self) -> None:
        if self._who == "centre":
            self._story.centre_ends()
        else:
            self._end = self._story.begin(*_FAULTS[self._who])

    def come(self) -> None:
        self._end()


_FAULTS = {"broker": (Fault.BROKER_KILLED, ""), "link": (Fault.LINK_AWAY, DEVICE)}


def strikes_in(story: Story, phase: str, strike: Callable[[], None]) -> None:
    """Come to `phase`, and strike there."""
    if phase == "before it connects":
        strike()
        return
    if phase == "idle":
        assert story.run(30.0, until=story.drained)
        story.run(200.0)
        assert story.links() == 1
        strike()
        return
    struck: list[Step] = []

    def watch(who: str, step: Step) -> None:
        if not struck and PHASES[phase](who, step):
            struck.append(step)
            strike()

    story.network.watch = watch
    if phase == "in a command":
        assert story.run(30.0, until=story.drained)
        story.command()
    assert story.run(60.0, until=lambda: bool(struck)), "the phase was never come to"


WHO = ("centre", "broker", "link")


def _absences() -> Iterator[ParameterSet]:
    """Any who and phase meet in `make test`, with the times by turns; any three meet in `make test-long`.

    A month takes two minutes, from any phase but idle; and five seconds there where the centre is away.
    """
    everything = product(enumerate(WHO), enumerate(TIMES), enumerate(ALL_PHASES))
    for (w, who), (t, time), (p, phase) in everything:
        month = time == "30 days"
        short = (who, phase) == ("broker", "idle") if month else (2 * w + p) % (len(TIMES) - 1) == t
        yield pytest.param(who, time, phase, marks=[] if short else [pytest.mark.long])


@pytest.mark.parametrize(("who", "time", "phase"), [*_absences()])
def test_after_any_absence_in_any_phase_everything_gets_there(
    folder: Path, founded: Path, site: Site, who: str, time: str, phase: str
) -> None:
    long = TIMES[time] > DAY
    longest_pause = 3600.0 if long else 60.0  # so that a month of tries takes a second
    downloads = phase == "in a download"
    story = Story(folder, founded, longest_pause=longest_pause, site=site if downloads else None)
    try:
        story.write(150)
        story.centre_begins()
        absence = Absence(story, who)
        strikes_in(story, phase, absence.go)
        story.write(3)
        story.absent(TIMES[time])
        story.write(3)
        absence.come()
        # The centre's pause; a link made in vain meanwhile, and the pause after it; a question's time.
        bound = 2 * longest_pause + story.limits.silence + 60.0
        assert story.run(bound, until=story.drained), f"{story.agent.status}: {story.agent.waiting_reason()}"
        assert story.world.stored() == story.told
        assert story.world.findings() == []
        if downloads:
            assert story.run(bound, until=story.fetched)
            assert story.version() == 1
        story.commands.clear()
        wanted = story.command()
        assert story.run(5.0, until=lambda: wanted.data in story.commands)
        assert story.starved < WATCHDOG, "no watchdog ended it meanwhile"
    finally:
        story.close()


def test_a_good_link_is_not_dropped_at_the_first_event_after_a_quiet_time(
    folder: Path, founded: Path
) -> None:
    story = Story(folder, founded)
    try:
        story.centre_begins()
        story.write(5)
        assert story.run(30.0, until=story.drained)
        for quiet in (89.0, 91.0, 3_600.0):
            story.run(quiet)
            story.write()
            assert story.run(1.0, until=story.drained)
        assert story.links() == 1
    finally:
        story.close()


def test_the_pauses_grow_while_a_centre_is_away(folder: Path, founded: Path, site: Site) -> None:
    story = Story(folder, founded, site=site)
    try:
        story.write(5)
        story.centre_begins()
        assert story.run(300.0, until=lambda: story.drained() and story.fetched())
        assert story.agent._link.attempts == 0
        story.centre_ends()
        story.write()
        story.run(1_800.0)
        assert story.agent._link.attempts >= 10
        assert story.links() <= 1 + 1_800 / 90
    finally:
        story.close()


def test_one_that_was_disconnected_by_the_centre_is_back_within_a_minute_and_nothing_is_found(
    folder: Path, founded: Path
) -> None:
    story = Story(folder, founded)
    try:
        story.centre_begins()
        story.write(5)
        assert story.run(30.0, until=story.drained)
        notice = DeviceRefused(RefusedDevice.DISCONNECTED, wall())
        story.network.say(seal_message(notice, DEVICE, CENTRAL_KEY))
        assert story.run(2.0, until=lambda: DEVICE not in story.network.links), "it leaves by itself"
        story.write(5)
        assert story.run(60.0, until=story.drained)
        assert story.links() == 2
        story.run(400.0)
        assert story.agent._current_health().alarms == ()
        assert story.world.findings() == []
    finally:
        story.close()


@pytest.mark.parametrize("says_why", [True, False])
def test_two_with_one_identity_throw_each_other_out_ever_more_seldom(
    folder: Path, founded: Path, says_why: bool
) -> None:
    """FAULTS 47: whether the broker says why, or central alone sees it."""
    story = Story(folder, founded, longest_pause=1.0)
    try:
        story.network.says_why = says_why
        story.centre_begins()
        story.write(5)
        assert story.run(30.0, until=story.drained)
        copy = story.another_agent(story.world.sync_file(name="copy"), seed=3)
        assert isinstance(copy.end, Agent)

        def links_in(seconds: float) -> int:
            before = story.links()
            story.run(seconds)
            return story.links() - before

        early, late = links_in(20.0), (links_in(1_800.0), links_in(1_800.0))
        assert 2 <= early <= 10, "34 without the protection"
        assert late[1] <= 1_800 / 75, "each comes back after 150 to 300 s"
        assert all("session_taken_over" in one._current_health().alarms for one in (story.agent, copy.end))
        assert [item.kind for item in story.world.findings()] == [FindingKind.SHARED]
        copy.close()
        story.write(5)
        assert story.run(300.0, until=story.drained), "it is alone again"
        story.run(400.0)
        assert story.agent._current_health().alarms == ()
    finally:
        story.close()
