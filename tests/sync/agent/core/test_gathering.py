"""What waits for the rest of its passage on its way to central, and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.decision import Alarm, Direction, Outcome, Reason
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import journal_server
from edge.journal.format import (
    Acknowledgement,
    Entry,
    Event,
    LaneClosed,
    LaneDuress,
    LaneFire,
    LaneForced,
    LaneOpened,
    LanePassed,
    link,
    told,
)
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core.gathering import Gathering, may_wait
from sync.agent.journal_view import JournalView
from sync.agent.uploader import Uploader
from sync.wire import JournalBatch, SealedMessage, open_message, seal_message
from tests.events import decided, noted
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS, WALL

GRANT = decided(Outcome.GRANT, "li-na")
ALARM = replace(GRANT, decision=replace(GRANT.decision, alarms=(Alarm(Reason.HOME_ISOLATION, "isolation"),)))
OPENED = LaneOpened(cause="grant", reference="a1")
PASSED = LanePassed(direction=Direction.ENTRY, counted="counted", cause="grant", reference="a1")


def entry(event: Event) -> Entry:
    kind, body = told(event)
    fields = {name: getattr(chained(1)[0], name) for name in Entry.__struct_fields__[:-1]}
    return link(**fields | {"kind": kind, "body": body})


@pytest.mark.parametrize("event", [GRANT, OPENED, PASSED, LaneClosed()], ids=lambda event: event.kind)
def test_what_belongs_to_a_passage_may_wait(event: Event) -> None:
    assert may_wait(entry(event))


@pytest.mark.parametrize(
    "event",
    [
        ALARM,
        decided(Outcome.DENY),
        decided(Outcome.REFER),
        LaneForced(),
        LaneFire(),
        LaneDuress(shift=""),
        noted(),
    ],
    ids=lambda event: event.kind,
)
def test_what_somebody_must_hear_of_does_not_wait(event: Event) -> None:
    assert not may_wait(entry(event))


def test_what_this_version_cannot_read_does_not_wait() -> None:
    assert not may_wait(replace(entry(GRANT), body=b"\xa0"))
    assert not may_wait(replace(entry(GRANT), kind="of_a_later_version"))


def test_events_are_held_for_the_linger_and_never_where_they_fill_a_batch() -> None:
    grant, forced = entry(GRANT), entry(LaneForced())
    gathering = Gathering(5.0)
    assert [gathering.holds([grant], now, most=100) for now in (0.0, 4.9, 5.0)] == [True, True, False]
    assert gathering.holds([grant], 6.0, most=100), "the next passage has a linger of its own"
    assert not gathering.holds([grant, forced], 6.1, most=100)
    assert not gathering.is_holding
    assert not gathering.holds([grant] * 100, 7.0, most=100)
    assert not Gathering(0.0).holds([grant], 0.0, most=100)


def sizes(messages: Sequence[SealedMessage]) -> list[int]:
    batches = [open_message(item.topic, item.data, KEYS).message for item in messages]
    return [len(batch.rows) for batch in batches if isinstance(batch, JournalBatch)]


def test_a_passage_goes_up_as_one_batch_and_an_alarm_takes_along_what_waits(tmp_path: Path) -> None:
    path, place, folder = tmp_path / "j.sqlite", tmp_path / "j.sock", AcknowledgedFolder(tmp_path / "a")
    now = 0.0
    with open_journal(path, "main") as journal, journal_server(path, place):
        view = JournalView(SocketChannel(place), lambda: now, lambda: 0.0)
        with closing(view):
            uploader = Uploader(DEVICE, KEY, view, folder, CENTRAL_KEYS, 5.0)
            first = journal.append(GRANT, WALL)
            upload = uploader.open_conversation(now)
            assert sizes([*upload.due_messages(now)]) == [0]
            word = seal_message(Acknowledgement(first.epoch, 0, bytes(32), AT), DEVICE, CENTRAL_KEY)
            assert not list(upload.handle([open_message(word.topic, word.data, CENTRAL_KEYS)], now))
            assert sizes([*upload.due_messages(now)]) == []
            assert upload.idle_reason() == "events gather", "the watchdog is fed for a reason"
            for now, event in ((0.1, OPENED), (2.6, PASSED), (4.4, LaneClosed())):
                journal.append(event, WALL)
                assert sizes([*upload.due_messages(now)]) == []
            assert sizes([*upload.due_messages(5.0)]) == [4]
            journal.append(GRANT, WALL)
            assert sizes([*upload.due_messages(6.0)]) == []
            journal.append(LaneForced(), WALL)
            assert sizes([*upload.due_messages(6.2)]) == [2]
