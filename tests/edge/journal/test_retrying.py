"""A journal that cannot be opened yet: nothing counts as stored, nothing is lost, and it is tried again."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, PassUse, WallTime
from edge.devices.clock import FixedClock
from edge.journal.factory import open_journal
from edge.journal.format import LaneOpened
from edge.journal.ports import JournalPorts
from edge.journal.reader import JournalReader
from edge.journal.retrying import TRY_AGAIN_AFTER, RetryingJournal
from edge.journal.store import Journal
from edge.journal.tables import JournalInUse, JournalUnavailable
from tests.events import NOTED, noted

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
WALL = WallTime(NOON, ClockTrust.TRUSTED)


class Card:
    """A journal on a card that is there or not; how often it was tried."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.there = False
        self.tried = 0
        self.clock = FixedClock(NOON)
        self.journal = RetryingJournal(self.open, JournalPorts(monotonic=self.clock.monotonic))

    def open(self) -> Journal:
        self.tried += 1
        if not self.there:
            raise OSError(30, "Read-only file system")
        return open_journal(self.path, "main", WALL)

    def comes(self) -> None:
        self.there = True
        self.clock.advance(TRY_AGAIN_AFTER)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path / "journal.sqlite")


def test_what_only_the_journal_knows_is_answered_on_the_safe_side(card: Card) -> None:
    assert "Read-only" in card.journal.problem
    assert card.journal.use_of("p1") is PassUse.UNKNOWN, "a one-time pass may have been used"
    for asked in (
        lambda: card.journal.known_of("00", "aa"),
        lambda: card.journal.prune(keep=1),
        lambda: card.journal.append(noted(), WALL),
    ):
        with pytest.raises(JournalUnavailable, match="Read-only"):
            asked()


def test_what_could_not_be_stored_is_told_once_it_can_be(card: Card) -> None:
    for _ in range(3):
        with pytest.raises(JournalUnavailable):
            card.journal.append(LaneOpened("grant"), WALL)
    assert card.journal.missed == 3
    card.comes()
    card.journal.recover(WALL)
    assert (card.journal.missed, card.journal.problem) == (0, "")
    card.journal.append(noted(), WALL, used_pass="p1")
    assert card.journal.use_of("p1") is PassUse.USED
    card.journal.close()
    with closing(JournalReader(card.path)) as reader:
        [recovered, last] = reader.every()
    assert (recovered.kind, last.kind) == ("journal_recovered", NOTED)
    assert recovered.content["kinds"] == {"lane_opened": 3}


def test_a_card_that_fails_is_tried_now_and_then_and_not_at_every_event(card: Card) -> None:
    for _ in range(50):
        with pytest.raises(JournalUnavailable):
            card.journal.append(noted(), WALL)
    assert card.tried == 1
    card.clock.advance(TRY_AGAIN_AFTER)
    card.journal.recover(WALL)
    assert card.tried == 2


def test_two_gates_never_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with open_journal(path, "main", WALL), pytest.raises(JournalInUse, match="another process"):
        RetryingJournal(lambda: open_journal(path, "main", WALL))
