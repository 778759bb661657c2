"""Each device its share: what waits is taken by turns, what is too much is left out, of that device alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.dispatch.core import Allowance, FairQueue, in_batch_or_each, round_robin
from sync.dispatch.intake import BURST, MOST_A_SECOND, MOST_IN_A_TURN, Intake
from sync.transport.core import InboundMessage

devices = st.sampled_from(["a", "b", "c"])


def waiting(**of: int) -> FairQueue[int]:
    made: FairQueue[int] = FairQueue(4)
    for device, count in of.items():
        made.offer(device, range(count))
    return made


@pytest.mark.parametrize(
    ("offered", "count", "each", "taken"),
    [
        ({}, 9, 9, ""),
        ({"a": 3}, 9, 9, "a0 a1 a2"),
        ({"a": 1_000, "b": 1}, 9, 9, "a0 b0 a1 a2 a3"),  # 4 of one device wait
        ({"a": 1_000, "b": 2, "c": 1}, 4, 9, "a0 b0 c0 a1"),
        ({"a": 1_000}, 9, 2, "a0 a1"),
        ({"a": 1_000, "b": 3}, 9, 2, "a0 b0 a1 b1"),
    ],
)
def test_what_waits_is_taken_one_of_each_device_by_turns(
    offered: dict[str, int], count: int, each: int, taken: str
) -> None:
    given_out = [f"{device}{item}" for device, item in waiting(**offered).next_items(count, each)]
    assert " ".join(given_out) == taken


def test_who_was_served_comes_after_all_others_also_in_the_next_turn() -> None:
    made = waiting(a=4, b=1)
    assert list(made.next_items(1, 9)) == [("a", 0)]
    assert list(made.next_items(1, 9)) == [("b", 0)]
    assert list(made.next_items(9, 9)) == [("a", 1), ("a", 2), ("a", 3)]
    assert not made


def test_what_was_not_taken_waits_on_and_nothing_waits_twice() -> None:
    made = waiting(a=2)
    assert next(made.next_items(9, 9)) == ("a", 0)  # a link that takes no more does not resume
    made.offer("a", [1, 1, 0])
    assert list(made.next_items(9, 9)) == [("a", 0), ("a", 1)]


@given(st.lists(st.tuples(devices, st.integers())), st.integers(1, 4))
def test_of_each_the_first_are_taken_in_their_order_and_the_rest_is_counted(
    items: list[tuple[str, int]], most: int
) -> None:
    taken, left_out = round_robin([(device, (device, item)) for device, item in items], most)
    for device in "abc":
        sent = [pair for pair in items if pair[0] == device]
        assert [pair for pair in taken if pair[0] == device] == sent[:most]
        assert left_out.get(device, 0) == max(0, len(sent) - most)
    firsts = {pair[0] for pair in taken}
    assert {pair[0] for pair in taken[: len(firsts)]} == firsts, (
        "each has its first before another its second"
    )


def test_an_allowance_is_a_burst_and_then_a_rate_for_each() -> None:
    now = [0.0]
    allowance = Allowance(2.0, 3.0, lambda: now[0])
    assert [allowance.allows("a") for _ in range(5)] == [True, True, True, False, False]
    assert allowance.allows("b")
    now[0] = 1.0
    assert [allowance.allows("a") for _ in range(3)] == [True, True, False]
    now[0] = 1_000.0
    assert [allowance.allows("a") for _ in range(4)] == [True, True, True, False], "no more than a burst"


def test_of_strangers_without_end_few_are_remembered_and_a_flood_is_among_them() -> None:
    now = [0.0]
    allowance = Allowance(2.0, 3.0, lambda: now[0])
    while allowance.allows("flood"):
        pass
    for number in range(25_000):
        allowance.allows(f"stranger-{number}")
    assert not allowance.allows("flood")
    assert len(allowance._spent) < 10_001


# --- the intake of central ---------------------------------------------------------------------


def from_(device: str, count: int) -> list[InboundMessage]:
    return [InboundMessage(f"up/{device}/journal", b"%d" % number, retained=False) for number in range(count)]


def test_a_device_that_sends_without_end_is_cut_and_no_other_is() -> None:
    now, cut = [0.0], []
    intake = Intake(lambda device, count: cut.append((device, count)), lambda: now[0])
    taken = intake([*from_("gp-0666", 2_000), *from_("gp-0001", 2), *from_("gp-0002", 1)])
    heard = [(item.topic.split("/")[1], item.data) for item in taken]
    assert heard[:3] == [("gp-0666", b"0"), ("gp-0001", b"0"), ("gp-0002", b"0")]
    assert heard[3:5] == [("gp-0666", b"1"), ("gp-0001", b"1")]
    assert len(taken) == MOST_IN_A_TURN + 3
    assert cut == [("gp-0666", 2_000 - MOST_IN_A_TURN)]


def test_a_device_has_no_more_than_its_rate_however_short_the_turns() -> None:
    now = [0.0]
    intake = Intake(lambda *_: None, lambda: now[0])
    taken = 0
    for _ in range(10_000):  # ten seconds, at 16,000 messages a second
        now[0] += 0.001
        taken += len(intake(from_("gp-0666", 16)))
    assert taken <= BURST + 10 * MOST_A_SECOND + MOST_IN_A_TURN


def test_a_gate_that_keeps_to_the_protocol_is_never_cut() -> None:
    """Two batches outstanding, each answered within one turn of 20 ms, until its burst is used up."""
    now, cut = [0.0], []
    intake = Intake(lambda device, _: cut.append(device), lambda: now[0])
    for _ in range(500):
        now[0] += 0.02
        assert len(intake(from_("gp-0001", 2))) == 2
    assert cut == []


def test_topics_that_are_nobodys_have_one_share_together() -> None:
    junk = [InboundMessage(f"junk/{number}", b"", retained=False) for number in range(500)]
    assert len(Intake(lambda *_: None, lambda: 0.0)(junk)) == MOST_IN_A_TURN


# --- one that raises ---------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [(), (2,), (0, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("kind", [ValueError, RecursionError, UnicodeError, KeyError, AssertionError])
def test_of_many_that_are_worked_on_at_once_each_that_raises_anything_is_alone(
    bad: tuple[int, ...], kind: type[Exception]
) -> None:
    failed: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        if any(item in bad for item in items):
            raise kind("no")
        return list(items)

    made = [
        item
        for some in in_batch_or_each(range(4), work, lambda item, _: failed.append(item))
        for item in some
    ]
    assert (made, failed) == ([item for item in range(4) if item not in bad], list(bad))
