"""What a gate does with central's word that events are stored, and to be kept: table and conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import journal_server
from edge.journal.format import AcknowledgedState, Acknowledgement, ChainPoint, Entry, Span
from edge.signing.cose import MessageRefused
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core import stored_notices
from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.agent.core.outbox import Outbox
from sync.agent.core.stored_notices import ASKED_AFTER, StoredNotices
from sync.agent.journal_view import JournalView
from sync.agent.upload import UploadConversation
from sync.agent.uploader import Uploader
from sync.transport.core import LinkTimeouts
from sync.wire import StoredNotice, open_message, seal_message
from tests.events import noted
from tests.sync.agent.core.uploads import WALL, batches, rows, said
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, OTHER_KEY, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS

STORED, FORKED, AHEAD = AcknowledgedState.STORED, AcknowledgedState.FORKED, AcknowledgedState.AHEAD
JOURNAL = chained(500)
Gate = tuple[Uploader, list[Entry]]


def notice(sequence: int, issued: int = AT) -> StoredNotice:
    return StoredNotice(EPOCH, sequence, JOURNAL[sequence - 1].hash, issued)


def acknowledgement(sequence: int, issued: int = AT) -> Acknowledgement:
    return Acknowledgement(EPOCH, sequence, JOURNAL[sequence - 1].hash, issued)


def told(upload: UploadConversation, entry: Entry, now: float, digest: bytes | None = None) -> None:
    """Central says that it has stored everything up to `entry`, and acknowledges nothing."""
    word = StoredNotice(entry.epoch, entry.sequence, digest or entry.hash, AT + int(now * 1e6))
    out = seal_message(word, DEVICE, CENTRAL_KEY)
    assert not list(upload.handle([open_message(out.topic, out.data, CENTRAL_KEYS)], now))


# --- the words of a link ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "words", "reaches"),
    [
        (None, [(100, 1)], 100),
        (50, [(100, 1)], 100),
        (100, [(50, 1)], 100),  # it is not sent again from before what is acknowledged
        (None, [(200, 2), (100, 1)], 200),  # an older one came late, or somebody recorded it
        (None, [(200, 1), (100, 2)], 100),  # another server took over
        (None, [(200, 1), (300, 1)], 300),  # two processes whose clocks differ
    ],
)
def test_the_newest_notice_says_how_far_central_is(
    known: int | None, words: list[tuple[int, int]], reaches: int
) -> None:
    acknowledged = AcknowledgedEpochs({} if known is None else {EPOCH: acknowledgement(known)})
    notices = StoredNotices(acknowledged)
    for sequence, later in words:
        notices.take(notice(sequence, AT + later), STORED, 0.0)
    assert notices.point(EPOCH) == ChainPoint(reaches, JOURNAL[reaches - 1].hash)
    assert acknowledged.sequence(EPOCH) == (known or 0), "a notice counts as an acknowledgement"


@pytest.mark.parametrize(
    ("sequence", "later", "reaches"),
    [(200, 0, 200), (300, 0, 300), (100, 1, 100), (100, -1, 200)],
    ids=["confirmed", "more is confirmed", "a later one of less", "one that was held back"],
)
def test_an_acknowledgement_ends_a_notice_or_contradicts_it(sequence: int, later: int, reaches: int) -> None:
    acknowledged = AcknowledgedEpochs()
    notices = StoredNotices(acknowledged)
    notices.take(notice(200), STORED, 0.0)
    acknowledged.record(acknowledgement(sequence, AT + later), STORED)
    assert notices.point(EPOCH).sequence == reaches
    assert notices.unconfirmed == (frozenset({EPOCH}) if reaches > sequence else frozenset())
    assert not notices.take(notice(200, AT - 1), STORED, 0.0), "an older one counts again"


@pytest.mark.parametrize("state", [FORKED, AHEAD])
def test_an_epoch_that_one_server_has_otherwise_rests_until_it_says_else(
    state: AcknowledgedState,
) -> None:
    outbox = Outbox(AcknowledgedEpochs())
    outbox.note_sent(JOURNAL[:100], 0.0)
    assert outbox.handle_notice(notice(200, AT), state, 1.0)
    assert outbox.in_flight == ()
    assert outbox.skips(JOURNAL[0])
    assert outbox.handle_notice(notice(50, AT + 1), STORED, 2.0)
    assert outbox.position.epoch is None, "what it skipped is not sent"
    assert outbox.skips(JOURNAL[0])
    assert not outbox.skips(JOURNAL[50])


def test_a_chain_that_is_closed_for_good_waits_for_no_word_more() -> None:
    acknowledged = AcknowledgedEpochs()
    notices = StoredNotices(acknowledged)
    notices.take(notice(200), FORKED, 0.0)
    assert notices.otherwise(FORKED) == {EPOCH}
    acknowledged.record(acknowledgement(200, AT + 1), FORKED)
    assert notices.is_closed(EPOCH)
    assert (notices.unconfirmed, notices.otherwise(FORKED)) == (frozenset(), frozenset())


def test_what_is_not_acknowledged_is_counted_from_the_first_that_the_gate_holds() -> None:
    notices = StoredNotices(AcknowledgedEpochs())
    notices.take(notice(200), STORED, 0.0)
    assert notices.count([Span(EPOCH, "main", 151, 500)]) == 50
    assert notices.count([Span(bytes(16), "main", 1, 500)]) == 0


def test_what_follows_a_notice_leads_on_from_it() -> None:
    """A batch that named what is acknowledged as the one before it would declare the rest lost."""
    outbox = Outbox(AcknowledgedEpochs({EPOCH: acknowledgement(10)}))
    outbox.handle_notice(notice(100, AT + 1), STORED, 0.0)
    assert outbox.sequence_before(JOURNAL[100]) == 100
    assert outbox.sequence_before(JOURNAL[104]) == 100


# --- a conversation --------------------------------------------------------------------------


def test_it_sends_on_and_deletes_nothing(uploader: Gate, tmp_path: Path) -> None:
    made, events = uploader
    link = made.open_conversation(0.0)
    assert rows(link.due_messages(0.0)) == [0]
    said(link, None, events, 0.0)
    assert rows(link.due_messages(0.0)) == [100, 100]
    told(link, events[199], 1.0)
    assert rows(link.due_messages(1.0)) == [50]
    told(link, events[-1], 2.0)
    assert rows(link.due_messages(2.0)) == []
    assert link.awaiting_since is None
    assert link.idle_reason() == "central has every event, and some on one server only"
    made.write(3.0, at_once=True)
    assert made.progress()[1:] == (0, 250), "they count as acknowledged"
    assert not list(tmp_path.rglob("*.ack"))
    said(link, events[-1], events, 4.0)
    made.write(5.0, at_once=True)
    assert made.progress()[1:] == (250, 0)
    assert link.idle_reason() == "central has every event"


def test_the_question_of_a_link_is_answered_by_it(uploader: Gate) -> None:
    """Central says where it is now: from there on it goes, on each link anew."""
    made, events = uploader
    for at in (0.0, 100.0):
        link = made.open_conversation(at)
        assert rows(link.due_messages(at)) == [0]
        told(link, events[99], at)
        sent = batches(link.due_messages(at))
        assert [(batch.first, batch.after) for batch in sent] == [(101, 100), (201, 200)]


def test_who_says_nothing_more_is_asked_and_one_that_took_over_gets_all(uploader: Gate) -> None:
    made, events = uploader
    link = made.open_conversation(0.0)
    list(link.due_messages(0.0))
    said(link, events[19], events, 0.0)
    list(link.due_messages(0.0))
    told(link, events[-1], 1.0)
    now = 1.0 + ASKED_AFTER
    assert link.next_due(2.0) == now
    assert rows(link.due_messages(now - 0.1)) == []
    list(link.due_messages(now))
    assert rows(link.due_messages(now)) == [0]
    assert link.awaiting_since == now
    told(link, events[19], now + 1.0)  # the promoted one has what was acknowledged
    assert rows(link.due_messages(now + 1.0)) == [0], "it asks of each epoch anew"
    told(link, events[19], now + 2.0)
    assert [batch.first for batch in batches(link.due_messages(now + 2.0))] == [21, 121]


def test_one_that_was_recorded_before_a_server_took_over_loses_nothing(uploader: Gate) -> None:
    made, events = uploader
    link = made.open_conversation(50.0)
    list(link.due_messages(50.0))
    told(link, events[-1], 10.0)  # recorded, and sent again first
    assert rows(link.due_messages(50.0)) == []
    for at in (51.0, 52.0 + 2 * ASKED_AFTER):
        list(link.due_messages(at))
        told(link, events[9], at)  # what the one that took over has
        assert rows(link.due_messages(at)) == [0]
        told(link, events[9], at + 1.0)
        assert [batch.first for batch in batches(link.due_messages(at + 1.0))] == [11, 111]
        told(link, events[-1], 11.0)  # and once more
        assert rows(link.due_messages(at + 1.0)) == []


def test_an_answer_that_is_no_news_is_not_asked_for_again_at_once(uploader: Gate) -> None:
    """As where central's clock was set back: each idle gate would ask some times a second."""
    made, events = uploader
    link = made.open_conversation(50.0)
    list(link.due_messages(50.0))
    told(link, events[-1], 50.0)
    asked = 50.0 + ASKED_AFTER
    list(link.due_messages(asked))
    assert rows(link.due_messages(asked)) == [0]
    told(link, events[-1], 10.0)
    for at in (asked, asked + 0.2, asked + 1.0):
        assert rows(link.due_messages(at)) == []
    assert link.next_due(asked + 1.0) == asked + ASKED_AFTER


@pytest.mark.parametrize("wrong", ["forked", "ahead"])
def test_one_of_another_journal_is_an_alarm_and_ends_nothing(uploader: Gate, wrong: str) -> None:
    made, events = uploader
    link = made.open_conversation(0.0)
    list(link.due_messages(0.0))
    other = events[99] if wrong == "forked" else replace(events[99], sequence=999)
    told(link, other, 0.0, bytes(32))
    assert rows(link.due_messages(0.0)) == []
    assert made.alarms == (f"journal_{wrong}",)
    said(link, events[99], events, 1.0)
    assert not made.alarms
    assert [batch.first for batch in batches(link.due_messages(1.0))] == [101, 201]


def test_one_that_central_did_not_sign_or_said_to_another_is_refused() -> None:
    forged = seal_message(notice(10), DEVICE, OTHER_KEY)
    with pytest.raises(MessageRefused, match="not trusted"):
        open_message(forged.topic, forged.data, CENTRAL_KEYS)
    genuine = seal_message(notice(10), "gp-0002", CENTRAL_KEY)
    for topic in (genuine.topic.replace("gp-0002", DEVICE), genuine.topic.replace("stored", "ack")):
        with pytest.raises(MessageRefused):
            open_message(topic, genuine.data, CENTRAL_KEYS)


def test_so_much_and_no_more_is_sent_beyond_what_is_acknowledged(
    uploader: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_notices, "MOST_UNCONFIRMED", 100)
    made, events = uploader
    link = made.open_conversation(0.0)
    list(link.due_messages(0.0))
    said(link, events[9], events, 0.0)
    assert rows(link.due_messages(0.0)) == [100, 100]
    told(link, events[209], 1.0)
    assert rows(link.due_messages(1.0)) == []
    assert link.awaiting_since is None
    assert link.idle_reason() == "as much as may be is on one server of central's only"
    assert link.next_due(1.0) == 1.0 + ASKED_AFTER, "it looks again and again meanwhile"
    said(link, events[209], events, 2.0)
    assert rows(link.due_messages(2.0)) == [40]


def test_a_link_lasts_while_such_words_come(tmp_path: Path) -> None:
    """An event a second, and none for minutes: each reaches central, none counts as acknowledged."""
    now, path, place = 0.0, tmp_path / "j.sqlite", tmp_path / "j.sock"
    with open_journal(path, "main") as journal, journal_server(path, place):
        events = [journal.append(noted(), WALL)]
        view = JournalView(SocketChannel(place), lambda: now, lambda: 0.0)
        made = Uploader(DEVICE, KEY, view, AcknowledgedFolder(tmp_path / "a"), CENTRAL_KEYS)
        link = made.open_conversation(now)
        list(link.due_messages(now))
        told(link, events[0], now)
        at_central = 1
        while now < 300.0:
            now += 1.0
            if now < 60.0 or now > 240.0:  # nobody passes for some minutes
                events.append(journal.append(noted(), WALL))
            for batch in batches(link.due_messages(now)):
                at_central = max(at_central, batch.first + len(batch.rows) - 1)
                told(link, events[at_central - 1], now)
            since = link.awaiting_since
            assert since is None or now < since + LinkTimeouts().silence, "it ends its link"
        assert at_central == len(events)
        assert made.progress()[2] == len(events), "they count as acknowledged"
        made.close(now)
