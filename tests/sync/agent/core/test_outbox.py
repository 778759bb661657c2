"""Outbox and acknowledgement against a wire that loses, doubles and reorders, and a centre that dies.

The real outbox, the real central store (SQLite), the real messages with their signatures; only the clock and
the wire are played.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from edge.journal.factory import open_journal
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.server import FEED_LIMITS, journal_server
from edge.journal.format import (
    AcknowledgedState,
    Acknowledgement,
    Entry,
    breaks,
    state_of,
)
from edge.journal.format import link as next_entry
from edge.journal.reader import JournalReader
from edge.support.bucket import Bucket
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core.acknowledged_epochs import AcknowledgedEpochs
from sync.agent.core.outbox import (
    FIRST_TIMEOUT,
    LONGEST_TIMEOUT,
    MOST_IN_FLIGHT,
    Outbox,
    UploadPosition,
)
from sync.agent.journal_view import JournalView
from sync.agent.uploader import Uploader
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.journals.reading import EventReader
from sync.central.store import open_store
from sync.transport.core import pause_before
from sync.transport.core.pacing import LONGEST_PAUSE
from sync.wire import (
    JournalBatch,
    SealedMessage,
    StoredNotice,
    open_message,
    seal_message,
)
from tests.events import noted
from tests.examples import tried
from tests.sync.agent.core.uploads import WALL, rows, said
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT, DEVICE, EPOCH, KEY, KEYS, OTHER_KEY, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS

UNHURRIED = dataclasses.replace(FEED_LIMITS, asks_a_second=0.0, connections_a_second=0.0)


class WireMachine(RuleBasedStateMachine):
    """A gate that writes, a wire with two bags of messages, a centre that may be killed at any time."""

    @initialize()
    def begin(self) -> None:
        # In memory where there is such a place: a sync to disk shows nothing here and takes most of the time.
        memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
        self.place = TemporaryDirectory(dir=memory if memory.is_dir() else None)
        folder = Path(self.place.name)
        self.journal = open_journal(folder / "journal.sqlite", "main")
        self.folder = AcknowledgedFolder(folder / "acknowledged")
        self.url = f"sqlite:///{folder}/central.sqlite"
        make_tables(self.url)
        self.store = open_store(self.url)
        with self.store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            public = KEY.public_key().public_bytes_raw()
            enrol_device(connection, DEVICE, ("green-court", "main"), public, AT)
        self.wall = AT
        self.ingester = Ingester(self.store, CENTRAL_KEY, self.tick, followers=FOLLOWERS)
        self.socket = folder / "journal.sock"
        self.feed = journal_server(
            folder / "journal.sqlite",
            self.socket,
            UNHURRIED,
        )
        self.feed.start()
        self.now = 0.0
        self.uploader = self.made()
        self.up: list[SealedMessage] = []
        self.conversation = self.uploader.open_conversation(self.now)
        self.down: list[SealedMessage] = []
        self.written: list[Entry] = []

    def tick(self) -> int:
        self.wall += 1
        return self.wall

    def made(self) -> Uploader:
        view = JournalView(SocketChannel(self.socket), lambda: self.now, lambda: 0.0)
        return Uploader(DEVICE, KEY, view, self.folder, CENTRAL_KEYS)

    @rule(count=st.integers(1, 130))
    def write(self, count: int) -> None:
        self.written += [self.journal.append(noted(n=n), WALL) for n in range(count)]

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 70.0]))
    def send(self, seconds: float) -> None:
        self.now += seconds
        self.up += self.conversation.due_messages(self.now)
        self.uploader.write(self.now)
        assert len(self.conversation._outbox.in_flight) <= MOST_IN_FLIGHT

    @precondition(lambda self: self.up)
    @rule(data=st.data(), keep=st.booleans(), answered=st.booleans())
    def deliver_up(self, data: st.DataObject, keep: bool, answered: bool) -> None:
        """Any of the messages, perhaps again later; the answer may die with its ingester."""
        message = self.taken(self.up, data, keep)
        answers = self.answered([message])
        if answered:
            self.down += answers

    def answered(self, messages: Sequence[SealedMessage]) -> list[SealedMessage]:
        """What central says to these."""
        return list(
            self.ingester.handle([open_message(item.topic, item.data, KEYS) for item in messages], 0.0)
        )

    @precondition(lambda self: self.down)
    @rule(data=st.data(), keep=st.booleans(), forged=st.sampled_from([False, False, True]))
    def deliver_down(self, data: st.DataObject, keep: bool, forged: bool) -> None:
        message = self.taken(self.down, data, keep)
        if forged:
            word = open_message(message.topic, message.data, CENTRAL_KEYS).message
            assert isinstance(word, Acknowledgement | StoredNotice)
            lie = seal_message(replace(word, sequence=word.sequence + 50), DEVICE, OTHER_KEY)
            with pytest.raises(Exception, match="not trusted"):
                open_message(lie.topic, lie.data, CENTRAL_KEYS)
            return
        assert not list(
            self.conversation.handle([open_message(message.topic, message.data, CENTRAL_KEYS)], self.now)
        )

    @rule()
    def lose_everything_on_the_wire(self) -> None:
        self.up, self.down = [], []

    @rule()
    def reconnect(self) -> None:
        self.conversation = self.uploader.open_conversation(self.now)

    @rule(orderly=st.booleans())
    def restart_the_gates_process(self, orderly: bool) -> None:
        if orderly:
            self.uploader.close(self.now)
        else:
            self.uploader._view.close()
        self.uploader = self.made()
        self.conversation = self.uploader.open_conversation(self.now)

    @invariant()
    def what_the_gate_may_prune_is_at_central(self) -> None:
        for word in self.folder.read(DEVICE, CENTRAL_KEYS).values():
            assert word.sequence <= len(self.at_central())

    @invariant()
    def central_has_a_beginning_of_the_journal_and_nothing_else(self) -> None:
        there = self.at_central()
        assert there == self.written[: len(there)]
        assert self.uploader.alarms == ()

    def at_central(self) -> list[Entry]:
        with self.store.reading() as connection:
            return [heard.entry for heard in EventReader().newest(connection, 10**9)]

    def taken(self, bag: list[SealedMessage], data: st.DataObject, keep: bool) -> SealedMessage:
        index = data.draw(st.integers(0, len(bag) - 1))
        return bag[index] if keep else bag.pop(index)

    def fair(self) -> list[SealedMessage]:
        """What central says to what is on the wire, of which nothing is lost."""
        said, self.up = self.up, []
        return self.answered(said)

    def teardown(self) -> None:
        """In fair weather everything gets there, once."""
        for _ in range(200):
            if self.uploader.progress()[2] == 0:
                break
            self.now += 70.0
            self.up += self.conversation.due_messages(self.now)
            answers = self.fair()
            self.conversation.handle(
                [open_message(item.topic, item.data, CENTRAL_KEYS) for item in answers], self.now
            )
        assert self.at_central() == self.written
        assert list(breaks(self.at_central(), from_start=True)) == []
        self.uploader.close(self.now)
        self.feed.stop()
        self.journal.close()
        self.store.close()
        self.place.cleanup()


WireMachine.TestCase.settings = settings(
    max_examples=tried(15),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWire = WireMachine.TestCase


# --- single answers ------------------------------------------------------------------------

JOURNAL = chained(300)


def word(sequence: int, issued: int = AT, journal: list[Entry] = JOURNAL) -> Acknowledgement:
    return Acknowledgement(EPOCH, sequence, journal[sequence - 1].hash if sequence else bytes(32), issued)


def sending(batches: int = 2) -> Outbox:
    outbox = Outbox(AcknowledgedEpochs())
    for number in range(batches):
        outbox.note_sent(JOURNAL[100 * number : 100 * number + 100], float(number))
    return outbox


def test_no_more_than_two_batches_are_under_way() -> None:
    assert sending(1).may_send(9.0)
    assert not sending(2).may_send(9.0)


def test_an_answer_makes_room_and_a_second_one_changes_nothing() -> None:
    outbox = sending()
    assert outbox.handle_acknowledgement(word(100), AcknowledgedState.STORED, 1.0)
    assert [item.first for item in outbox.in_flight] == [101]
    assert not outbox.handle_acknowledgement(word(100), AcknowledgedState.STORED, 1.0)
    assert outbox.position.sequence == 200


def test_an_answer_that_was_overtaken_changes_nothing() -> None:
    outbox = sending()
    outbox.handle_acknowledgement(word(200, AT + 2), AcknowledgedState.STORED, 1.0)
    assert not outbox.handle_acknowledgement(word(100, AT + 1), AcknowledgedState.STORED, 1.0)
    assert outbox._acknowledged.sequence(EPOCH) == 200
    assert outbox.in_flight == ()


def read_on(outbox: Outbox, journal: Sequence[Entry]) -> Entry:
    """The next event that is sent of a journal whose epochs are in the order of `journal`."""
    while True:
        at = outbox.position
        place = next((n for n, entry in enumerate(journal, 1) if at == place_of(entry)), 0)
        if not outbox.skips(journal[place]):
            return journal[place]


def place_of(entry: Entry) -> UploadPosition:
    return UploadPosition(entry.epoch, entry.sequence)


@pytest.mark.parametrize("first_heard", [0, 1], ids=["earlier epoch first", "later epoch first"])
def test_a_newer_acknowledgement_of_less_means_that_central_lost_events(first_heard: int) -> None:
    later = chained(60, epoch=bytes(16))
    outbox = sending()
    outbox.handle_acknowledgement(word(200, AT + 1), AcknowledgedState.STORED, 1.0)
    outbox.note_sent(later, 1.0)
    outbox.handle_acknowledgement(
        Acknowledgement(bytes(16), 60, later[-1].hash, AT + 1), AcknowledgedState.STORED, 1.0
    )
    less = [word(50, AT + 2), Acknowledgement(bytes(16), 20, later[19].hash, AT + 2)]
    for heard in (less[first_heard], less[1 - first_heard]):
        assert outbox.handle_acknowledgement(heard, AcknowledgedState.STORED, 1.0)
    lost = read_on(outbox, [*JOURNAL, *later])
    assert (lost, outbox.sequence_before(lost)) == (JOURNAL[50], 50)
    outbox.note_sent(JOURNAL[50:], 1.0)
    assert read_on(outbox, [*JOURNAL, *later]) == later[20]


@pytest.mark.parametrize("standing", [AcknowledgedState.AHEAD, AcknowledgedState.FORKED])
def test_an_epoch_that_central_has_otherwise_is_sent_no_more(standing: AcknowledgedState) -> None:
    outbox = sending()
    assert outbox.handle_acknowledgement(word(250, AT + 1), standing, 1.0)
    assert outbox.in_flight == ()
    assert outbox.skips(JOURNAL[200])
    assert outbox._acknowledged.closed == {EPOCH: standing}


def test_without_an_answer_it_sends_again_from_where_central_is_after_ever_longer_timeouts() -> None:
    outbox = sending()
    outbox.handle_acknowledgement(word(100), AcknowledgedState.STORED, 0.5)
    assert not outbox.is_overdue(1.0 + FIRST_TIMEOUT / 2)
    waited = []
    now = 1.0
    for _ in range(8):
        begun = now
        while not outbox.is_overdue(now):
            now += 0.5
        waited.append(now - begun)
        outbox.retry()
        assert outbox.position.sequence == 100
        outbox.note_sent(JOURNAL[100:200], now)
    assert waited == sorted(waited)
    assert waited[-1] == LONGEST_TIMEOUT


def test_what_central_has_acknowledged_is_skipped() -> None:
    outbox = Outbox(AcknowledgedEpochs({EPOCH: word(120)}))
    assert outbox.skips(JOURNAL[0])
    assert outbox.position.sequence == 120
    assert not outbox.skips(JOURNAL[120])
    assert outbox.sequence_before(JOURNAL[120]) == 120


def test_the_acknowledged_folder_accepts_only_what_central_signed(tmp_path: Path) -> None:
    folder = AcknowledgedFolder(tmp_path)
    genuine = seal_message(word(10), DEVICE, CENTRAL_KEY)
    folder.keep(word(10), genuine.data)
    folder.write(0.0)
    assert folder.read(DEVICE, CENTRAL_KEYS) == {EPOCH: word(10)}
    path = next(tmp_path.glob("*.ack"))
    assert path.read_bytes() == genuine.data
    path.rename(tmp_path / f"{bytes(16).hex()}.ack")
    assert folder.read(DEVICE, CENTRAL_KEYS) == {}, "the word on one epoch under another's name"
    for damaged in (
        b"",
        genuine.data[:-1],
        genuine.data + b"\0" * 2000,
        seal_message(word(10), DEVICE, OTHER_KEY).data,
    ):
        path.write_bytes(damaged)
        assert folder.read(DEVICE, CENTRAL_KEYS) == {}


def test_the_acknowledged_folder_is_written_seldom_and_at_the_end(tmp_path: Path) -> None:
    folder = AcknowledgedFolder(tmp_path)
    for sequence, now in ((10, 0.0), (20, 1.0), (30, 2.0)):
        folder.keep(word(sequence), seal_message(word(sequence), DEVICE, CENTRAL_KEY).data)
        folder.write(now)
    assert folder.read(DEVICE, CENTRAL_KEYS)[EPOCH].sequence == 10
    folder.write(2.0, at_once=True)
    assert folder.read(DEVICE, CENTRAL_KEYS)[EPOCH].sequence == 30


@pytest.mark.parametrize(
    ("sequence", "standing"),
    [(0, AcknowledgedState.NOTHING), (3, AcknowledgedState.STORED), (9, AcknowledgedState.AHEAD)],
)
def test_the_outbox_rests_on_the_gates_own_judgement(
    tmp_path: Path, sequence: int, standing: AcknowledgedState
) -> None:
    with open_journal(tmp_path / "j.sqlite", "main") as journal:
        entries = [journal.append(noted(), WALL) for _ in range(5)]
    with closing(JournalReader(tmp_path / "j.sqlite")) as reader:
        own = {entry.sequence: entry for entry in reader.every()}.get(sequence)
    digest = entries[sequence - 1].hash if 0 < sequence < 6 else bytes(32)
    said = Acknowledgement(entries[0].epoch, sequence, digest, AT)
    assert state_of(said, own, 5) is standing


# --- pacing ----------------------------------------------------------------------------------


def test_pauses_grow_are_spread_and_have_an_end() -> None:
    for attempt in range(40):
        low, high = pause_before(attempt, 0.0), pause_before(attempt, 0.999)
        assert 0 < low < high <= LONGEST_PAUSE
        assert high / low > 5, "many gates that lost one broker do not come back at once"
    assert pause_before(1, 0.5) < pause_before(3, 0.5) < pause_before(10, 0.5) == pause_before(99, 0.5)


def test_a_bucket_lets_through_its_rate_and_what_was_saved() -> None:
    bucket, sent, now = Bucket(1000, seconds_saved=2), 0, 0.0
    while now < 20:
        if bucket.wait(now) == 0.0:
            bucket.take(300)
            sent += 300
        else:
            now += bucket.wait(now)
    assert 22_000 <= sent <= 22_600
    assert Bucket(0).wait(1.0) == 0.0


# --- a conversation ----------------------------------------------------------------------------


def test_no_event_is_sent_on_any_link_before_central_has_said_where_it_is(
    uploader: tuple[Uploader, list[Entry]],
) -> None:
    """Only central knows of a card that was copied; it is asked ever more seldom, and asked again."""
    journal_uploader, told = uploader
    for link in (0.0, 1_000.0):
        upload = journal_uploader.open_conversation(link)
        asked = [link + second for second in range(200) if rows(upload.due_messages(link + second)) == [0]]
        assert asked == [link + at for at in (0, 2, 6, 14, 30, 62, 122, 182)]
        said(upload, None, told, link + 200.0)
        assert rows(upload.due_messages(link + 200.0)) == [100, 100]


def test_silence_counts_from_the_oldest_question_under_way(uploader: tuple[Uploader, list[Entry]]) -> None:
    journal_uploader, told = uploader
    upload = journal_uploader.open_conversation(5.0)
    assert upload.awaiting_since is None
    for now in (10.0, 60.0, 99.0):
        list(upload.due_messages(now))
        assert upload.awaiting_since == 10.0, "however often it was asked"
    said(upload, None, told, 100.0)
    assert upload.awaiting_since is None
    for now in (110.0, 120.0, 150.0):
        list(upload.due_messages(now))
        assert upload.awaiting_since == 110.0, "however often the batch was sent"
    said(upload, None, told, 160.0)
    assert upload.awaiting_since == 110.0, "a word that moves nothing on is no answer"
    said(upload, told[99], told, 170.0)
    list(upload.due_messages(170.0))
    assert upload.awaiting_since == 170.0, "what is left has waited since things last moved on"
    for last in (199, 249):
        said(upload, told[last], told, 180.0 + last)
        list(upload.due_messages(180.0 + last))
    assert upload.awaiting_since is None, "however long it is quiet now"
    assert upload.idle_reason() == "central has every event"


def test_nothing_of_a_link_is_left_on_the_next(uploader: tuple[Uploader, list[Entry]]) -> None:
    journal_uploader, told = uploader
    first = journal_uploader.open_conversation(0.0)
    list(first.due_messages(0.0))
    said(first, None, told, 1.0)
    list(first.due_messages(1.0))
    assert first.awaiting_since == 1.0
    second = journal_uploader.open_conversation(500.0)
    assert second.awaiting_since is None
    assert rows(second.due_messages(500.0)) == [0]
    said(second, told[99], told, 501.0)
    assert rows(second.due_messages(501.0)) == [100, 50], "from where central is"
    assert journal_uploader.progress()[2] == 150
    assert second.idle_reason() is None, "central has not every event"


# --- what was altered at the gate ----------------------------------------------------------------


Tampered = tuple[Uploader, Callable[..., None], list[Entry]]


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[Tampered]:
    """A gate with a journal of 6 events that central does not have, and a hand in its file."""
    path, place = tmp_path / "j.sqlite", tmp_path / "j.sock"
    with open_journal(path, "main") as journal, journal_server(path, place):
        told = [journal.append(noted(n=n), WALL) for n in range(6)]

        def altered(statement: str, *values: object) -> None:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(statement, values)

        view = JournalView(SocketChannel(place), lambda: 0.0, lambda: 0.0)
        made = Uploader(DEVICE, KEY, view, AcknowledgedFolder(tmp_path / "a"), CENTRAL_KEYS)
        yield made, altered, told
        made.close(0.0)


def ranges(messages: Iterable[SealedMessage]) -> list[tuple[int, int, int]]:
    """Of each batch: the sequence that it says is before it, its first, its last."""
    batches = [open_message(item.topic, item.data, KEYS).message for item in messages]
    return [
        (batch.after, batch.first, batch.first + len(batch.rows) - 1)
        for batch in batches
        if isinstance(batch, JournalBatch) and batch.rows
    ]


@pytest.mark.parametrize(
    ("sequences", "batches"),
    [
        ((3,), [(0, 1, 2), (2, 4, 6)]),
        ((1,), [(0, 2, 6)]),
        ((3, 4), [(0, 1, 2), (2, 5, 6)]),
        ((6,), [(0, 1, 5)]),
        ((2, 5), [(0, 1, 1), (1, 3, 4), (4, 6, 6)]),
    ],
)
def test_an_event_that_was_altered_at_the_gate_is_not_sent_and_is_declared_lost(
    tampered: Tampered, sequences: tuple[int, ...], batches: list[tuple[int, int, int]]
) -> None:
    """A batch over a gap waits until central has all that comes before."""
    uploader, altered, told = tampered
    for sequence in sequences:
        altered("UPDATE event SET body = x'a0' WHERE sequence = ?", sequence)
    upload = uploader.open_conversation(0.0)
    list(upload.due_messages(0.0))
    said(upload, None, told, 0.0)
    sent = []
    for now in range(1, 5):
        found = ranges(upload.due_messages(float(now)))
        assert len(found) <= 1
        sent += found
        if found:
            said(upload, told[found[0][2] - 1], told, float(now))
    assert sent == batches
    assert upload.idle_reason() == "central has every event", "there is a reason to wait"
    assert uploader.alarms == ("journal_altered",)


def test_an_event_that_follows_another_than_was_sent_declares_that_one_lost(tampered: Tampered) -> None:
    """Somebody has written the third event anew, with the hash that it has."""
    uploader, altered, told = tampered
    third = told[2]
    forged = next_entry(
        **{name: getattr(third, name) for name in Entry.__struct_fields__ if name not in {"hash", "body"}},
        body=b"\xa0",
    )
    altered("UPDATE event SET body = ?, hash = ? WHERE sequence = 3", forged.body, forged.hash)
    upload = uploader.open_conversation(0.0)
    list(upload.due_messages(0.0))
    said(upload, None, told, 0.0)
    assert ranges(upload.due_messages(1.0)) == [(0, 1, 3)]
    assert ranges(upload.due_messages(1.5)) == [], "central has not said that it has what comes before"
    said(upload, forged, told, 1.6)
    assert ranges(upload.due_messages(1.6)) == [(2, 4, 6)]
