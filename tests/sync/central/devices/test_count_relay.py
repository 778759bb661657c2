"""Whose counts central sends on, and to whom."""

from __future__ import annotations

from itertools import count

import pytest
from msgspec.structs import replace

from edge.admin.site_admin import SiteFile
from edge.counting.core import CountSnapshot, PersonAccess
from edge.counting.core.count_snapshot import CounterLine
from edge.counting.core.occupancy import MOST_COUNTED, MOST_TALLIES, Tally
from edge.decision import ClockTrust, Direction, LastAccess
from edge.signing.cose import NO_STAMP, MessageRefusal, MessageRefused, Stamp, instant
from sync.central.devices.count_relay import CountRelay
from sync.central.devices.devices import enrol_device, put_site, suspend_device
from sync.central.store import Store
from sync.wire import (
    COUNTS_A_SECOND,
    COUNTS_AT_ONCE,
    Channel,
    GateCounts,
    ReceivedMessage,
    SiteCounts,
    open_message,
    seal_message,
)
from tests.sync.wire.examples import AT, COUNTS, DEVICE, EPOCH, KEY, KEYS

REAR, SIDE, ELSEWHERE = "gp-0002", "gp-0003", "gp-0004"
LINE = COUNTS.counters[0]


CLOCK = [0.0]


@pytest.fixture
def relay(store: Store) -> CountRelay:
    with store.writing() as connection:
        put_site(connection, SiteFile("red-court"))
        enrol_device(connection, SIDE, ("green-court", "side"), bytes(31) + b"\1", 1)
        enrol_device(connection, ELSEWHERE, ("red-court", "main"), bytes(31) + b"\2", 1)
    return CountRelay(store, KEY, lambda: AT, lambda: CLOCK[0])


STAMPS = count(1)


def said(
    relay: CountRelay, device: str, counts: CountSnapshot, *, asks: bool = False, stamp: Stamp | None = None
) -> list[tuple[str, CountSnapshot]]:
    """Whom central tells, and of which gate's counts."""
    out = seal_message(GateCounts(counts, stamp or Stamp(AT, next(STAMPS)), asks), device, KEY)
    message = ReceivedMessage(
        device, Channel.GATE_COUNTS, open_message(out.topic, out.data, KEYS).message, out.data
    )
    told: list[tuple[str, CountSnapshot]] = []
    for answer in relay.handle([message], 0.0):
        opened = open_message(answer.topic, answer.data, KEYS)
        assert isinstance(opened.message, SiteCounts)
        told.append((opened.device, opened.message.counts))
    return told


def of(gate: str, entered: int = 1, site: str = "green-court") -> CountSnapshot:
    line = CounterLine(gate, EPOCH.hex(), "", Tally(entered=entered))
    return CountSnapshot("gatepost-counts-1", site, gate, (line,))


def seen(subject: str, gate: str = "main") -> PersonAccess:
    return PersonAccess(subject, LastAccess(Direction.ENTRY, instant(AT), ClockTrust.TRUSTED, gate))


def test_counts_go_to_the_other_gates_of_the_site_that_are_in_service(
    relay: CountRelay, store: Store
) -> None:
    assert said(relay, DEVICE, COUNTS) == [(REAR, COUNTS), (SIDE, COUNTS)]
    with store.writing() as connection:
        suspend_device(connection, SIDE, AT)
    assert said(relay, DEVICE, COUNTS) == [(REAR, COUNTS)]
    assert said(relay, ELSEWHERE, of("main", site="red-court")) == [], "the only one there"


def test_who_asks_is_told_what_the_other_gates_counted_last(relay: CountRelay) -> None:
    for entered in (1, 2, 3):
        said(relay, DEVICE, of("main", entered))
    said(relay, ELSEWHERE, of("main", site="red-court"))
    assert said(relay, REAR, of("rear"), asks=True) == [
        (DEVICE, of("rear")),
        (SIDE, of("rear")),
        (REAR, of("main", 3)),
    ]


def test_passages_are_gathered_for_who_asks_later(relay: CountRelay) -> None:
    for subject in ("ann", "bob", "ann"):
        said(relay, DEVICE, replace(of("main"), persons=(seen(subject),)))
    [*_, (_, counts)] = said(relay, REAR, of("rear"), asks=True)
    assert [item.subject for item in counts.persons] == ["bob", "ann"]


@pytest.mark.off_schema
@pytest.mark.parametrize(
    "counts",
    [
        of("rear"),
        of("main", site="red-court"),
        replace(COUNTS, counters=(LINE, replace(LINE, gate="rear"))),
        replace(COUNTS, persons=(seen("ann", "rear"),)),
    ],
    ids=["another gate", "another site", "another's counter", "another's passage"],
)
def test_a_gate_speaks_for_itself_only(relay: CountRelay, counts: CountSnapshot) -> None:
    with pytest.raises(MessageRefused) as refused:
        said(relay, DEVICE, counts)
    assert refused.value.refusal is MessageRefusal.INVALID
    told = [device for device, _ in said(relay, REAR, of("rear"), asks=True)]
    assert told == [DEVICE, SIDE], "nothing was kept that could be told to who asks"


def test_counts_that_were_recorded_and_are_sent_again_go_nowhere(relay: CountRelay) -> None:
    assert said(relay, DEVICE, of("main", 5), stamp=Stamp(AT, 7))
    for again in (Stamp(AT, 7), Stamp(AT, 6), Stamp(AT - 1, 9), NO_STAMP):
        with pytest.raises(MessageRefused) as refused:
            said(relay, DEVICE, of("main", 1), stamp=again)
        assert refused.value.refusal is MessageRefusal.OLDER
    [*_, (_, counts)] = said(relay, REAR, of("rear"), asks=True)
    assert counts == of("main", 5)


def test_who_sends_counts_without_end_costs_the_site_no_more_than_its_share(relay: CountRelay) -> None:
    """Each goes to every other gate, and may have 190 kB."""
    for _ in range(int(COUNTS_AT_ONCE)):
        assert said(relay, DEVICE, of("main"))
    with pytest.raises(MessageRefused) as refused:
        said(relay, DEVICE, of("main"))
    assert refused.value.refusal is MessageRefusal.TOO_MANY
    assert said(relay, REAR, of("rear")), "another gate has its own"
    CLOCK[0] += 1 / COUNTS_A_SECOND
    assert said(relay, DEVICE, of("main"))


def test_a_gate_whose_passages_fill_more_than_a_message_keeps_nobody_from_being_told(
    relay: CountRelay,
) -> None:
    """Names of four bytes a character, gathered over several messages, and as many counters as there are."""
    full = Tally(*[MOST_COUNTED] * 8)
    lines = tuple(CounterLine("main", f"{number:032x}", "2026-03-03", full) for number in range(MOST_TALLIES))
    for begin in (0, 250):
        names = ("\U00020000" * 122 + f"{number:06}" for number in range(begin, begin + 250))
        said(relay, DEVICE, replace(of("main"), persons=tuple(map(seen, names))))
    said(relay, DEVICE, replace(of("main"), counters=lines))
    [*_, (_, counts)] = said(relay, REAR, of("rear"), asks=True)
    assert counts.counters == lines
    assert counts.persons[-1].subject.endswith("000499"), "the newest passages stay"
    assert 100 < len(counts.persons) < 500
