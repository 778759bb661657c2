"""Anyone who is at the journal's socket, and whatever they do there, the gate goes on writing.

Every one is a process of its own, while this one is the gate: it appends, and the feed's thread serves.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import JournalClient
from edge.journal.feed.server import FEED_LIMITS, journal_server
from edge.journal.format import FeedRequest
from edge.journal.store import Journal
from tests.edge.journal.feed.hostile_reader import WAYS
from tests.events import noted
from tests.examples import LONG
from tests.waiting import PATIENT, soon

WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
CHILD = Path(__file__).with_name("hostile_reader.py")
LARGE = noted("x" * 12_000)
DROPPED = {"flood": "does not read", "noise": "sends noise", "descriptors": "asks too much"}
"""Why who comes in one of these ways is disconnected."""
ROUNDS, A_ROUND, AT_LEAST = 4 if LONG else 2, 0.1, 600
"""So many times so many seconds, and appends, are timed with the other process at work and without it."""
LOG_GROWS_TO = 1000 * 4096
"""Bytes after which SQLite takes up the write-ahead log, and begins it anew where no reader is in its way."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a place: a slow disk would hide what a reader costs."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@contextmanager
def hostile(place: Path, way: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, str(CHILD), str(place), way], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"at work\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def appended(journal: Journal) -> list[float]:
    """The seconds that each append of a round took; one that fails ends the test."""
    took: list[float] = []
    ends = time.monotonic() + A_ROUND
    while time.monotonic() < ends or len(took) < AT_LEAST:
        begun = time.perf_counter()
        journal.append(LARGE, WALL)
        took.append(time.perf_counter() - begun)
    return took


@pytest.mark.longer
@pytest.mark.parametrize("way", WAYS)
def test_appends_fail_none_wait_no_longer_and_their_log_stays_small(folder: Path, way: str) -> None:
    path, place = folder / "journal.sqlite", folder / "journal.sock"
    limits = replace(FEED_LIMITS, clients=16, clients_of_a_user=8)  # the honest one is of the same user here
    with open_journal(path, "main", WALL) as journal, journal_server(path, place, limits) as feed:
        quiet, beset = appended(journal), []
        with hostile(place, way) as process, closing(JournalClient(SocketChannel(place))) as sync:
            for _ in range(ROUNDS):
                os.kill(process.pid, signal.SIGSTOP)
                quiet += appended(journal)
                os.kill(process.pid, signal.SIGCONT)
                beset += appended(journal)
                assert sync.ask(FeedRequest()).spans[-1].last == len(quiet) + len(beset), (
                    "and others are heard"
                )
            if way in DROPPED:  # whoever has had too little of the processor until now has it here
                soon(lambda: DROPPED[way] in feed.dropped, "its way is not found out")
        log = path.with_name("journal.sqlite-wal").stat().st_size
        dropped = dict(feed.dropped)
    # A page that is being read while others are written stretches the log; one that is held keeps it all.
    written = 12_000 * (len(quiet) + len(beset))
    assert log < written / 2
    assert written > 8 * LOG_GROWS_TO, "more was written than the log may hold"
    # What a thread more costs is a share of a processor; a lock costs 5 s, and then the append fails.
    assert statistics.median(beset) < 5 * statistics.median(quiet) + 0.005
    assert (DROPPED.get(way) in dropped) is (way in DROPPED)


def test_a_flood_is_answered_at_the_rate_that_was_set_and_no_faster(folder: Path) -> None:
    path, place = folder / "journal.sqlite", folder / "journal.sock"
    with (
        open_journal(path, "main", WALL),
        journal_server(path, place, replace(FEED_LIMITS, asks_a_second=40.0)),
        closing(JournalClient(SocketChannel(place))) as client,
    ):
        begun = time.monotonic()
        for _ in range(100):
            client.ask(FeedRequest())
        took = time.monotonic() - begun
    assert took > (100 - 2 * 40 - 2) / 40.0, "two seconds' worth at once, then one after the other"


def test_a_user_has_half_of_the_places_and_who_is_silent_loses_his(folder: Path) -> None:
    path, place = folder / "journal.sqlite", folder / "journal.sock"
    limits = replace(FEED_LIMITS, clients=4, clients_of_a_user=2)
    with open_journal(path, "main", WALL), ExitStack() as opened:
        clients = [opened.enter_context(closing(JournalClient(SocketChannel(place)))) for _ in range(3)]
        with journal_server(path, place, replace(limits, silence=10 * PATIENT)) as feed:
            for client in clients[:2]:
                client.ask(FeedRequest())
            with pytest.raises(Exception, match=r"ended the connection|Connection reset|Broken pipe"):
                clients[2].ask(FeedRequest())
            assert feed.dropped["too many clients"] >= 1
        with journal_server(path, place, replace(limits, silence=1.0)) as feed:
            for count, client in enumerate((clients[0], clients[1], clients[2], clients[0]), 1):
                client.ask(FeedRequest())  # it connects again by itself
                soon(lambda count=count: feed.dropped["asks nothing"] >= count)  # type: ignore[misc]
