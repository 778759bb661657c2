"""Central's database is put back from a backup, and no link ends: what it lost and gates hold is sent again.

The time is virtual: see `tests/sync/story.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.journal.format import Acknowledgement
from sync.agent.configuration import LimitsSection
from sync.wire import Channel, JournalBatch, SealedMessage, open_message
from tests.examples import alike
from tests.sync.story import Story
from tests.sync.wire.examples import DEVICE, KEYS
from tests.sync.world import CENTRAL_KEYS

pytestmark = pytest.mark.usefixtures("quiet")

REPORTED_EVERY = LimitsSection().report_every
BOUND = REPORTED_EVERY + 5.0
"""Seconds from a restore until a quiet gate's events are at central again: its next report, and the way."""


@pytest.fixture
def story(folder: Path, founded: Path) -> Iterator[Story]:
    made = Story(folder, founded)
    yield made
    made.close()


def _settle(story: Story) -> None:
    """Let central have everything, and go on until nothing is on its way."""
    assert story.run(60.0, until=story.drained)
    story.run(2 * REPORTED_EVERY)
    assert story.drained()


def _wrote(story: Story, *, in_another_epoch: bool = False) -> None:
    if in_another_epoch:
        story.copy_card()
        story.gate.wake()
    story.write(4)
    _settle(story)


def _is_whole(story: Story) -> bool:
    stored = {(entry.epoch, entry.sequence): entry for entry in story.world.stored()}
    return all(stored.get((entry.epoch, entry.sequence)) == entry for entry in story.told)


def _heard(story: Story, channel: Channel) -> Callable[[], list[SealedMessage]]:
    """What is said on `channel` from now on."""
    said: list[SealedMessage] = []

    def watch(_: str, step: SealedMessage | str) -> None:
        if isinstance(step, SealedMessage) and step.topic == channel.of(DEVICE):
            said.append(step)

    story.network.watch = watch
    return lambda: said


@pytest.mark.parametrize("before", [0, 1, 4], ids=["nothing of the gate", "one event", "some events"])
def test_a_quiet_gate_whose_link_lives_sends_again_what_a_restored_centre_lost(
    story: Story, before: int
) -> None:
    story.centre_begins()
    if before:
        story.write(before)
        _settle(story)
    backup = story.back_up()
    _wrote(story)
    story.restore(backup)
    assert len(story.world.stored()) == before
    assert story.run(BOUND, until=lambda: _is_whole(story)), story.agent.status
    story.run(10 * REPORTED_EVERY)
    assert (story.links(), story.world.findings(), story.world.stored()) == (1, [], story.told)


@pytest.mark.parametrize("epochs", alike([3, 2, 8]), ids="{} epochs".format)
def test_it_sends_again_what_was_lost_of_each_epoch(story: Story, epochs: int) -> None:
    story.centre_begins()
    story.write(2)
    _settle(story)
    backup = story.back_up()
    _wrote(story)
    for _ in range(1, epochs):
        _wrote(story, in_another_epoch=True)
    assert len({entry.epoch for entry in story.told}) == epochs
    story.restore(backup)
    assert story.run(BOUND, until=lambda: _is_whole(story)), story.agent.status
    story.run(2 * REPORTED_EVERY)
    assert (story.links(), story.starved) == (1, 0.0)


def test_a_gate_of_which_nothing_was_lost_is_told_nothing_and_asks_nothing(story: Story) -> None:
    story.centre_begins()
    _wrote(story)
    _wrote(story, in_another_epoch=True)
    backup = story.back_up()
    acknowledged = _heard(story, Channel.ACKNOWLEDGEMENT)
    story.restore(backup)
    story.run(10 * REPORTED_EVERY)
    assert (acknowledged(), story.links()) == ([], 1)


def test_what_was_lost_on_its_way_to_the_gate_is_said_with_the_next_report(story: Story) -> None:
    story.centre_begins()
    _wrote(story)
    backup = story.back_up()
    _wrote(story)
    said = _heard(story, Channel.ACKNOWLEDGEMENT)
    story.feed.is_served = False  # the gate starts anew: no word of central's can be judged
    story.restore(backup)
    assert story.run(BOUND, until=lambda: bool(said()))
    told = open_message(said()[0].topic, said()[0].data, CENTRAL_KEYS).message
    assert isinstance(told, Acknowledgement)
    assert told.sequence == len(story.told) - 4
    story.feed.is_served = True
    assert story.run(BOUND, until=lambda: _is_whole(story)), story.agent.status


def test_each_epoch_is_asked_about_once_more(story: Story) -> None:
    story.centre_begins()
    _wrote(story)
    backup = story.back_up()
    _wrote(story)
    said = _heard(story, Channel.JOURNAL)
    story.restore(backup)
    story.run(10 * REPORTED_EVERY)
    batches = [open_message(out.topic, out.data, KEYS).message for out in said()]
    assert [len(batch.rows) for batch in batches if isinstance(batch, JournalBatch)] == [0, 4]
