"""What is counted is a function of the events that are stored: in whatever order, how late, how often they
came, and whichever were taken back. The gate's own ledger is who is right.
"""

from __future__ import annotations

from itertools import count, pairwise
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.decision import Direction
from edge.journal.format import (
    CountsUnsure,
    Event,
    LaneIntrusion,
    LaneOpened,
    LanePassed,
    LaneSensorFault,
    LaneTailgating,
    LaneUnclear,
    LaneWrongDirection,
    OccupancyCorrected,
)
from sync.central.store import Store
from tests.examples import tried
from tests.sync.central.flow.examples import came, counted, entry, exit_, journal, ledger_of, totals, turns
from tests.sync.wire.examples import AT

EPOCHS = (number.to_bytes(16) for number in count(1))
NOT_OF_THE_DAY: list[Event] = [
    entry(),
    entry("estimated"),
    exit_(),
    exit_("estimated"),
    LanePassed(None, "estimated", "override"),
    LaneTailgating(Direction.ENTRY, "counted"),
    LaneWrongDirection(Direction.EXIT, "estimated"),
    LaneIntrusion(Direction.ENTRY, "counted"),
    OccupancyCorrected(3, "below_zero", 0),
    OccupancyCorrected(-2, "staff", 4, "he-jing"),
    CountsUnsure("the journal was restored"),
    LaneUnclear("both beams"),
    LaneSensorFault("beam_outer", "stuck"),
    LaneOpened("grant"),
]


@st.composite
def days(draw: st.DrawFn) -> list[tuple[int, Event]]:
    """Some days of a gate, with a clock that goes back now and then."""
    happened: list[tuple[int, Event]] = []
    held = ""
    for day in range(draw(st.integers(0, 3))):
        if day or draw(st.booleans()):
            held, ended = f"2026-03-0{day + 1}", held
            happened.append((day * 90, turns(held, ended)))
        each = draw(st.lists(st.tuples(st.integers(-20, 120), st.sampled_from(NOT_OF_THE_DAY)), max_size=8))
        happened += [(day * 90 + seconds, event) for seconds, event in each]
    return happened or [(0, entry())]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tried(25), deadline=None)
@given(happened=days(), data=st.data())
def test_whatever_the_order_the_gate_and_the_centre_count_the_same(
    store: Store, happened: list[tuple[int, Event]], data: st.DataObject
) -> None:
    epoch, whole = next(EPOCHS), next(EPOCHS)
    entries = journal(happened, epoch=epoch)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(entries)), max_size=5)) - {len(entries)})
    bounds = [0, *cuts, len(entries)]
    parts = [entries[first:last] for first, last in pairwise(bounds)]
    order = data.draw(st.permutations(range(len(parts))))
    again = data.draw(st.lists(st.sampled_from(range(len(parts))), max_size=3))
    for part in [*order, *again]:
        came(store, parts[part], now=AT + 3600 * 1_000_000)
    came(store, journal(happened, epoch=whole), "gp-0002", now=AT)
    assert totals(store, epoch) == ledger_of(entries)
    assert {slot: each for slot, each in counted(store, epoch).items() if any(each)} == counted(store, whole)


DAY = [turns("2026-03-01"), entry(), entry(), turns("2026-03-02", "2026-03-01"), exit_()]


def test_a_day_that_begins_late_takes_what_follows_it_along(store: Store) -> None:
    entries = journal(DAY)
    came(store, entries[:3])
    came(store, entries[4:])
    assert totals(store) == {"2026-03-01": (2, 1, 0, 0, 0, 0, 0, 0)}, "nobody knows of the new day yet"
    came(store, entries[3:4])
    assert totals(store) == ledger_of(entries)


def test_what_is_before_the_first_day_belongs_to_the_day_that_ended_there(store: Store) -> None:
    entries = journal([entry(), turns("2026-03-02", "2026-03-01"), exit_()])
    came(store, entries[:1])
    assert totals(store) == {"": (1, 0, 0, 0, 0, 0, 0, 0)}
    came(store, entries[1:])
    assert totals(store) == {"2026-03-01": (1,) + (0,) * 7, "2026-03-02": (0, 1) + (0,) * 6}


@pytest.mark.parametrize("theirs", [[turns("2026-03-02")] * 2, [entry()] * 2, [exit_("estimated"), entry()]])
def test_what_was_of_another_history_is_not_counted(store: Store, theirs: list[Event]) -> None:
    ours = journal(DAY)
    other = journal([LaneOpened("grant"), *DAY[1:], *theirs])
    came(store, other[5:])  # early, and of a journal that was never this one
    came(store, ours[:4])
    came(store, [*ours[4:], *journal([*DAY, exit_(), entry()])[5:]])
    assert totals(store) == ledger_of(journal([*DAY, exit_(), entry()]))


@pytest.mark.parametrize(
    "event",
    [
        OccupancyCorrected(10**12, "staff", 0),
        turns("tomorrow"),
        turns(""),
    ],
)
def test_what_no_gate_counts_is_not_counted(store: Store, event: Event) -> None:
    came(store, journal([entry(), event]))
    assert totals(store) == {"": (1,) + (0,) * 7}


def test_two_ingesters_that_share_a_gate_count_it_once(store: Store) -> None:
    entries = journal(
        [turns("2026-03-01"), *[entry(), entry(), exit_()] * 30, turns("2026-03-02", "2026-03-01")]
    )
    parts = [entries[first : first + 7] for first in range(0, len(entries), 7)]
    begin, failed = Barrier(2), []

    def ingest(order: list[int]) -> None:
        begin.wait()
        try:
            for part in order:
                came(store, parts[part])
        except Exception as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    numbers = [*range(len(parts))]
    threads = [Thread(target=ingest, args=(order,)) for order in (numbers, numbers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert totals(store) == ledger_of(entries) == {"2026-03-01": (60, 30, *[0] * 6)}
