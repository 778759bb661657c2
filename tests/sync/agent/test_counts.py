"""What sync sends of the gate's counts, how often, and what it takes of the other gates'."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from edge.counting.core import CountSnapshot
from edge.counting.core.count_snapshot import CounterLine
from edge.counting.core.occupancy import Tally
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.agent.configuration import SyncCountsSection
from sync.agent.core.link_stamps import LinkStamps
from sync.agent.counts import MOST_GATES, CountCarrier, CountConversation
from sync.wire import COUNTS_EVERY, Channel, GateCounts, ReceivedMessage, SiteCounts, open_message
from tests.sync.wire.examples import AT, COUNTS, DEVICE, KEY, KEYS

OTHERS = CounterLine("rear", "00" * 16, "", Tally(entered=4))


@pytest.fixture
def section(tmp_path: Path) -> SyncCountsSection:
    return SyncCountsSection(tmp_path / "counts.json", tmp_path / "inbox")


@pytest.fixture
def link(section: SyncCountsSection) -> CountConversation:
    carrier = CountCarrier(DEVICE, KEY, section, LinkStamps(lambda: AT), lambda: 0.5)
    return carrier.open_conversation(0.0)


def wrote(section: SyncCountsSection, entered: int) -> None:
    """The gate writes its file, with what it knows of another gate besides."""
    mine = replace(COUNTS.counters[0], tally=Tally(entered=entered))
    section.outbox.write_bytes(msgspec.json.encode(replace(COUNTS, counters=(mine, OTHERS))))


def sent(link: CountConversation, now: float) -> list[GateCounts]:
    messages = [open_message(out.topic, out.data, KEYS).message for out in link.due_messages(now)]
    return [message for message in messages if isinstance(message, GateCounts)]


def heard(link: CountConversation, counts: CountSnapshot) -> None:
    assert not list(link.handle([ReceivedMessage(DEVICE, Channel.SITE_COUNTS, SiteCounts(counts), b"")], 0.0))


def test_a_question_is_put_off_while_the_file_cannot_be_read_and_not_forgotten(
    link: CountConversation, section: SyncCountsSection
) -> None:
    section.outbox.write_bytes(b"{")
    assert sent(link, 0.0) == []
    wrote(section, 12)
    [first] = sent(link, 1.0)
    assert first.asks


def test_a_gate_that_wrote_nothing_says_nothing(link: CountConversation) -> None:
    assert sent(link, 0.0) == []


def test_the_first_has_all_that_is_the_gates_own_and_asks(
    link: CountConversation, section: SyncCountsSection
) -> None:
    wrote(section, 12)
    [first] = sent(link, 0.0)
    assert {line.gate for line in first.counts.counters} == {"main"}
    assert first.counts.persons == COUNTS.persons
    assert first.asks


def test_changes_are_gathered_and_a_passage_is_told_once_until_it_asks_again(
    link: CountConversation, section: SyncCountsSection
) -> None:
    told = []
    for tick in range(200):  # twenty seconds; the gate writes ten times a second
        wrote(section, tick + 1000)
        told += sent(link, tick / 10)
    assert len(told) == 20 / COUNTS_EVERY
    assert [len(item.counts.persons) for item in told] == [1] + [0] * (len(told) - 1)
    assert [item.asks for item in told] == [True] + [False] * (len(told) - 1)
    [again] = sent(link, 100.0)
    assert (again.asks, len(again.counts.persons)) == (True, 1)
    assert sent(link, 110.0) == [], "nothing is new"


def test_of_more_than_a_message_holds_the_newest_passages_are_told(
    link: CountConversation, section: SyncCountsSection
) -> None:
    [one] = COUNTS.persons
    persons = tuple(replace(one, subject="\U00020000" * 122 + f"{number:06}") for number in range(500))
    section.outbox.write_bytes(msgspec.json.encode(replace(COUNTS, persons=persons)))
    [told] = sent(link, 0.0)
    assert told.counts.persons == persons[-len(told.counts.persons) :]
    assert 200 < len(told.counts.persons) < 400


@pytest.mark.parametrize("gate", ["../main", "", "a/b", "A", "x" * 64])
def test_a_name_that_is_none_of_a_gate_becomes_no_file(
    link: CountConversation, section: SyncCountsSection, gate: str
) -> None:
    with pytest.raises(MessageRefused) as refused:
        heard(link, replace(COUNTS, gate=gate))
    assert refused.value.refusal is MessageRefusal.INVALID
    assert not section.inbox.exists()


def test_no_more_gates_than_the_gate_reads_become_files(
    link: CountConversation, section: SyncCountsSection
) -> None:
    for number in range(MOST_GATES):
        heard(link, replace(COUNTS, gate=f"gate-{number}"))
    with pytest.raises(MessageRefused) as refused:
        heard(link, replace(COUNTS, gate="one-more"))
    assert refused.value.refusal is MessageRefusal.TOO_MANY
    heard(link, replace(COUNTS, gate="gate-0"))
    assert len(list(section.inbox.iterdir())) == MOST_GATES
