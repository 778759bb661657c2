"""The virtual journal: what it hands out is one whole chain, each event once."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.decision import ClockTrust
from edge.journal.format import Entry, FeedRequest, breaks, told
from sync.simulation.core import SimulatedFact, VirtualJournal, backlog_fact
from tests.events import noted
from tests.examples import tried

NOW = 1_772_496_000_000_000
EPOCH, OTHER = bytes(16), bytes([1]) * 16


def fact(number: int = 0) -> SimulatedFact:
    return SimulatedFact(told(noted("test", number)), NOW + number, ClockTrust.TRUSTED, float(number))


def past(number: int) -> SimulatedFact:
    return backlog_fact(number, 7, NOW, 3600.0)


class JournalOfAGate(RuleBasedStateMachine):
    """A gate writes, its sync process reads, central acknowledges; sometimes the card goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = VirtualJournal("main", EPOCH, keeps=5)
        self.journal.lay_by(7, past)
        self.heard: dict[tuple[bytes, int], Entry] = {}
        self.acknowledged = 0
        self.epochs = 0

    @rule(count=st.integers(1, 5))
    def write(self, count: int) -> None:
        before = self.journal.changes
        for number in range(count):
            self.journal.append(fact(number))
        assert self.journal.changes != before, "who looks at changes alone asks again"

    @rule(after=st.integers(0, 60), most=st.integers(1, 100))
    def read(self, after: int, most: int) -> None:
        page = self.journal.page(FeedRequest(self.journal.epoch, after, most))
        assert not list(breaks(page.entries)), "one chain"
        for entry in page.entries:
            assert self.heard.setdefault((entry.epoch, entry.sequence), entry) == entry
        if page.entries:
            assert page.entries[-1].sequence <= self.journal.newest

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        mine = [sequence for epoch, sequence in self.heard if epoch == self.journal.epoch]
        if mine:
            self.journal.note_acknowledged(data.draw(st.sampled_from(sorted(mine))))

    @rule(count=st.integers(1, 4))
    def go_back(self, count: int) -> None:
        newest = self.journal.newest
        went = self.journal.go_back(count)
        assert went <= count
        if went:
            assert self.journal.newest < newest
            gone = [
                key for key in self.heard if key[0] == self.journal.epoch and key[1] > self.journal.newest
            ]
            for place in gone:
                del self.heard[place]  # other events follow

    @precondition(lambda self: self.epochs == 0)
    @rule()
    def begin_epoch(self) -> None:
        self.epochs += 1
        self.journal.begin_epoch(OTHER)
        self.heard.clear()

    @invariant()
    def every_event_is_somewhere(self) -> None:
        journal = self.journal
        assert journal.written == journal.confirmed + journal.waiting + journal.forfeited
        assert journal.waiting >= 0


JournalOfAGate.TestCase.settings = settings(max_examples=tried(30), stateful_step_count=25)
TestJournalOfAGate = JournalOfAGate.TestCase


def test_a_month_is_linked_as_far_as_somebody_reads() -> None:
    asked: list[int] = []

    def noticed(number: int) -> SimulatedFact:
        asked.append(number)
        return backlog_fact(number, 150_000, NOW, 30 * 86_400.0)

    journal = VirtualJournal("main", EPOCH)
    journal.lay_by(150_000, noticed)
    [span] = journal.page(FeedRequest()).spans
    assert (span.first, span.last) == (1, 150_000)
    assert asked == []
    entries = journal.page(FeedRequest(EPOCH, 0, 100)).entries
    assert [entry.sequence for entry in entries] == list(range(1, 101)) == asked
    assert entries[0].at < entries[-1].at < NOW


def test_what_is_acknowledged_is_pruned_and_still_known_by_its_newest() -> None:
    journal = VirtualJournal("main", EPOCH)
    for number in range(10):
        journal.append(fact(number))
    tenth = journal.page(FeedRequest(EPOCH, 0, 100)).entries[-1]
    journal.note_acknowledged(10)
    assert journal.hash_of(10) == tenth.hash
    assert journal.hash_of(9) is None
    assert journal.page(FeedRequest(EPOCH, 0, 100)).entries == (tenth,)


def test_a_card_that_went_back_continues_with_another_chain() -> None:
    journal = VirtualJournal("main", EPOCH, keeps=20)
    for number in range(10):
        journal.append(fact(number))
    before = journal.page(FeedRequest(EPOCH, 0, 100)).entries
    journal.note_acknowledged(8)
    assert journal.go_back(4) == 4
    assert journal.forfeited == 2, "two that central never had"
    journal.append(fact(99))
    [other] = journal.page(FeedRequest(EPOCH, 6, 1)).entries
    assert other.sequence == 7
    assert other.previous == before[5].hash
    assert other.hash != before[6].hash
