"""What a gate sends while central says nothing: it, or what lies between, is of an older version."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import journal_server
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.journal_view import JournalView
from sync.agent.uploader import Uploader
from sync.transport.core import LinkTimeouts
from sync.wire import MOST_ROWS, JournalBatch, SealedMessage, open_message
from tests.events import noted
from tests.sync.agent.core.uploads import WALL, said
from tests.sync.wire.examples import DEVICE, KEY, KEYS
from tests.sync.world import CENTRAL_KEYS


def newest_of(messages: Iterable[SealedMessage]) -> int:
    """The newest event in them; 0: none."""
    batches = [open_message(item.topic, item.data, KEYS).message for item in messages]
    return max([each.first + len(each.rows) - 1 for each in batches if isinstance(each, JournalBatch)] or [0])


def test_new_events_come_for_a_minute_and_then_none_until_somebody_answers(tmp_path: Path) -> None:
    """docs/postgresql.md says so of centres that do not say what they have stored."""
    now, silence, path, place = 0.0, LinkTimeouts().silence, tmp_path / "j.sqlite", tmp_path / "j.sock"
    with open_journal(path, "main") as journal, journal_server(path, place):
        told = [journal.append(noted(), WALL)]
        view = JournalView(SocketChannel(place), lambda: now, lambda: 0.0)
        uploader = Uploader(DEVICE, KEY, view, AcknowledgedFolder(tmp_path / "a"), CENTRAL_KEYS)
        link = uploader.open_conversation(now)
        list(link.due_messages(now))
        said(link, None, told, now)
        came, links, newest = [now], [now], newest_of(link.due_messages(now))
        while now < 300.0:
            now += 1.0
            told.append(journal.append(noted(), WALL))
            if link.awaiting_since is not None and now >= link.awaiting_since + silence:
                link = uploader.open_conversation(now)
                links.append(now)
            last = newest_of(link.due_messages(now))
            if last > newest:
                newest, came = last, [*came, now]
        assert links == [0.0, 90.0, 180.0, 270.0], "it ends a silent link"
        assert len(came) >= 5, "new events come with each repetition"
        assert 30.0 < came[-1] < 70.0, "and none after a minute"
        said(link, None, told, now)
        assert newest_of(link.due_messages(now)) == 2 * MOST_ROWS, "what was kept comes then"
        uploader.close(now)
