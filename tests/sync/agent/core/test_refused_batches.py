"""What the uploader does with a batch that central refuses: it finds the event, or it waits."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edge.journal.format import Entry
from sync.agent.core.outbox import HELD_FOR, LONGEST_TIMEOUT
from sync.agent.upload import REFUSED, UploadConversation
from sync.agent.uploader import Uploader
from sync.wire import (
    JournalBatch,
    RefusedByCentral,
    SealedMessage,
    batch_of,
    digest_of,
    open_message,
    seal_message,
)
from tests.sync.agent.core.uploads import rows, said
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS


def refuse(
    upload: UploadConversation, out: SealedMessage, code: str, now: float, channel: str = "journal"
) -> None:
    answer = seal_message(
        RefusedByCentral(channel, digest_of(out.data), code, "why", AT), DEVICE, CENTRAL_KEY
    )
    assert not list(upload.handle([open_message(answer.topic, answer.data, CENTRAL_KEYS)], now))


class RefusingCentral:
    """Stores what comes in order, and refuses each batch that has an event of `refused`."""

    def __init__(
        self, told: list[Entry], refused: set[int], code: str = "invalid", channel: str = "journal"
    ) -> None:
        self.told = told
        self.refused = refused
        self.code, self.channel = code, channel
        self.prefix = 0
        self.lost: set[int] = set()
        self.sent = 0

    def answers(self, upload: UploadConversation, now: float) -> None:
        for out in list(upload.due_messages(now)):
            self.sent += 1
            batch = open_message(out.topic, out.data, KEYS).message
            assert isinstance(batch, JournalBatch)
            sequences = range(batch.first, batch.first + len(batch.rows))
            if self.refused & set(sequences):
                refuse(upload, out, self.code, now, self.channel)
                continue
            if batch.rows and batch.after <= self.prefix:
                self.lost |= set(range(max(batch.after, self.prefix) + 1, batch.first))
                self.prefix = max(self.prefix, sequences[-1])
            said(upload, self.told[self.prefix - 1] if self.prefix else None, self.told, now)


@pytest.mark.parametrize("refused", [{1}, {30}, {100}, {101}, {30, 130}, {7, 9, 249}, set()])
def test_an_event_that_central_refuses_is_found_and_declared_lost_and_every_other_one_arrives(
    uploader: tuple[Uploader, list[Entry]], refused: set[int]
) -> None:
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    central = RefusingCentral(told, refused)
    for second in range(60):
        central.answers(upload, float(second))
    assert (central.prefix, central.lost) == (250, refused)
    assert upload.idle_reason() == "central has every event"
    assert journal_uploader.alarms == ()
    sent = central.sent
    central.answers(upload, 9_999.0)
    assert central.sent == sent


@pytest.mark.parametrize("refused", [{30, 31}, set(range(1, 251)), {249, 250}])
def test_where_central_refuses_two_events_running_nothing_is_declared_lost_and_it_waits_an_hour(
    uploader: tuple[Uploader, list[Entry]], refused: set[int]
) -> None:
    """It is not the events then: the two ends do not agree on what an event is."""
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    central = RefusingCentral(told, refused)
    for second in range(60):
        central.answers(upload, float(second))
    assert (central.prefix, central.lost) == (min(refused) - 1, set())
    assert journal_uploader.alarms == (REFUSED,)
    assert upload.idle_reason() == "central refuses events: invalid"
    assert upload.awaiting_since is None, "the link stays"
    sent = central.sent
    for second in range(60, 1_800):
        central.answers(upload, float(second))
    assert central.sent == sent, "not again and again"
    central.refused = set()
    for second in range(int(HELD_FOR), int(HELD_FOR) + 120):
        central.answers(upload, float(second))
    assert (central.prefix, central.lost) == (250, set())
    assert not journal_uploader.alarms


def test_the_last_event_waits_refused_and_is_declared_lost_with_the_next(
    uploader: tuple[Uploader, list[Entry]],
) -> None:
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    central = RefusingCentral(told, {250})
    for second in range(60):
        central.answers(upload, float(second))
    assert (central.prefix, central.lost) == (249, set())
    assert (journal_uploader.alarms, upload.awaiting_since) == ((REFUSED,), None)
    sent = central.sent
    for second in range(60, 600):
        central.answers(upload, float(second))
    assert central.sent == sent


@pytest.mark.parametrize("code", ["failed", "too_many"])
def test_what_cannot_be_stored_now_is_sent_whole_again_ever_more_seldom(
    uploader: tuple[Uploader, list[Entry]], code: str
) -> None:
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    list(upload.due_messages(0.0))
    said(upload, None, told, 0.0)
    tries = []
    for second in range(200):
        for out in list(upload.due_messages(float(second))):
            assert rows([out]) == [100]
            tries.append(second)
            refuse(upload, out, code, float(second))
        assert upload.awaiting_since is None
        assert upload.idle_reason() == f"central refuses events: {code}"
    assert journal_uploader.alarms == (), "it passes"
    pauses = [after - before for before, after in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_TIMEOUT


@pytest.mark.parametrize(
    ("code", "channel"),
    [
        *(
            (code, "journal")
            for code in ("retained", "forged", "unknown_key", "other_version", "other_device")
        ),
        ("unreadable", "journal"),
        ("older", "journal"),
        ("forged", "health"),
        ("invalid", "clock"),
    ],
)
def test_a_broker_that_has_one_event_refused_again_and_again_does_not_get_it_declared_lost(
    uploader: tuple[Uploader, list[Entry]], code: str, channel: str
) -> None:
    """It marks the batch as retained, or delivers it on another topic: central refuses, and signs that."""
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    central = RefusingCentral(told, {130}, code, channel)
    for second in range(0, 400, 5):
        central.answers(upload, float(second))
    assert central.lost == set()
    assert central.prefix < 130
    central.refused = set()
    for second in range(400, 600, 5):
        central.answers(upload, float(second))
    assert (central.prefix, central.lost, journal_uploader.alarms) == (250, set(), ())


def test_a_refusal_of_something_else_changes_nothing(uploader: tuple[Uploader, list[Entry]]) -> None:
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(0.0)
    list(upload.due_messages(0.0))
    said(upload, None, told, 0.0)
    assert rows(upload.due_messages(0.0)) == [100, 100]
    stranger = seal_message(batch_of(chained(3), 0), DEVICE, KEY)
    refuse(upload, stranger, "invalid", 0.0)
    assert rows(upload.due_messages(0.0)) == []
    assert upload.awaiting_since == 0.0
