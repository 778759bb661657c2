"""The gate's journal as sync sees it: while the gate runs, while it does not, and while it cannot read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import GateNotRunning
from edge.journal.feed.server import journal_server
from edge.support.packet_server import PacketServer
from sync.agent.journal_view import GateProblems, JournalView
from tests.events import noted
from tests.sync.world import WALL


class Sync:
    """A view with a clock that the test turns; `asked` is how often the gate was asked, or not found."""

    def __init__(self, folder: Path) -> None:
        self.path, self.place = folder / "journal.sqlite", folder / "journal.sock"
        self.now = 0.0
        self.view = JournalView(SocketChannel(self.place), lambda: self.now, lambda: 0.999999)

    def feed(self) -> PacketServer:
        return journal_server(self.path, self.place)

    def fails(self) -> JournalError:
        with pytest.raises(JournalError) as caught:
            self.view.spans()
        return caught.value


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    made = Sync(tmp_path)
    with closing(made.view):
        yield made


def test_a_gate_that_does_not_run_is_asked_again_after_ever_longer_pauses_of_five_seconds_at_most(
    sync: Sync,
) -> None:
    asked = []
    for tenth in range(200):
        sync.now = tenth / 10
        before = sync.view.problem
        if sync.fails() is not before:
            asked.append(sync.now)
    pauses = [round(later - earlier, 1) for earlier, later in pairwise(asked)]
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0], "and half of it, and more, is chance"
    with open_journal(sync.path, "main", WALL) as journal, sync.feed():
        assert isinstance(sync.fails(), GateNotRunning), "until the pause is over"
        sync.now += 5.0
        assert sync.view.spans() == ()
        journal.append(noted(), WALL)
        assert [span.last for span in sync.view.spans()] == [1]
        assert sync.view.problem is None
    assert isinstance(sync.fails(), GateNotRunning)
    assert [span.last for span in sync.view.last_spans] == [1], "what was heard last"


def test_an_event_is_given_at_its_place_or_not_at_all(sync: Sync) -> None:
    with open_journal(sync.path, "main", WALL) as journal, sync.feed():
        told = [journal.append(noted(), WALL) for _ in range(3)]
        assert sync.view.event_at(journal.epoch, 2) == (told[1], 3)
        assert sync.view.event_at(journal.epoch, 0) == (None, 3)
        assert sync.view.event_at(journal.epoch, 4) == (None, 3)
        assert sync.view.event_at(bytes(16), 1) == (None, 0)
        assert sync.view.events_after(None, 0, 2) == tuple(told[:2])


def test_an_answer_of_the_same_poll_is_reused(sync: Sync) -> None:
    with open_journal(sync.path, "main", WALL) as journal, sync.feed():
        journal.append(noted(), WALL)
        assert [span.last for span in sync.view.spans(within=0.1)] == [1]
        journal.append(noted(), WALL)
        assert [span.last for span in sync.view.spans(within=0.1)] == [1]
        assert [span.last for span in sync.view.spans()] == [2]
        journal.append(noted(), WALL)
        sync.now += 0.1
        assert [span.last for span in sync.view.spans(within=0.1)] == [3]


class Telling(SocketChannel):
    """A way that tells when the answer may be another."""

    told = 0

    @property
    def changes(self) -> int:
        return self.told


def test_where_the_way_tells_of_changes_the_gate_is_asked_again_after_one_only(tmp_path: Path) -> None:
    path, place = tmp_path / "journal.sqlite", tmp_path / "journal.sock"
    channel = Telling(place)
    with (
        closing(JournalView(channel, lambda: 0.0, lambda: 0.5)) as view,
        open_journal(path, "main", WALL) as journal,
        journal_server(path, place),
    ):
        journal.append(noted(), WALL)
        assert [span.last for span in view.spans()] == [1]
        journal.append(noted(), WALL)
        assert [span.last for span in view.spans()] == [1], "nobody told of it"
        channel.told += 1
        assert [span.last for span in view.spans()] == [2]


def test_it_is_one_trouble_or_the_other(sync: Sync) -> None:
    problems = GateProblems()
    problems.report_journal(sync.fails())
    assert problems.codes == {"gate_not_running"}
    with sync.feed():
        sync.now += 10.0
        problems.report_journal(sync.fails())
        assert problems.codes == {"journal_unreadable"}
    problems.report_journal(None)
    assert problems.codes == frozenset()
