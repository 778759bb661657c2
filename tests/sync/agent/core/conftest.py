"""A gate with a journal that central does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import journal_server
from edge.journal.format import Entry
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.journal_view import JournalView
from sync.agent.uploader import Uploader
from tests.events import noted
from tests.sync.agent.core.uploads import WALL
from tests.sync.wire.examples import DEVICE, KEY
from tests.sync.world import CENTRAL_KEYS


@pytest.fixture
def uploader(tmp_path: Path) -> Iterator[tuple[Uploader, list[Entry]]]:
    """A gate with a journal of 250 events that central does not have."""
    # In memory where there is such a place: a sync to disk shows nothing here and takes most of the time.
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield from _uploader(Path(folder))


def _uploader(folder: Path) -> Iterator[tuple[Uploader, list[Entry]]]:
    path, place = folder / "j.sqlite", folder / "j.sock"
    with open_journal(path, "main") as journal, journal_server(path, place):
        told = [journal.append(noted(), WALL) for _ in range(250)]
        view = JournalView(SocketChannel(place), lambda: 0.0, lambda: 0.0)
        made = Uploader(DEVICE, KEY, view, AcknowledgedFolder(folder / "a"), CENTRAL_KEYS)
        yield made, told
        made.close(0.0)
