"""Each device its share: what waits is taken by turns, what is too much is left out, of that device alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.dispatch.core import Allowance, FairQueue, round_robin

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
def test_items_are_served_one_of_each_device_by_turns(
    offered: dict[str, int], count: int, each: int, taken: str
) -> None:
    given_out = [f"{device}{item}" for device, item in waiting(**offered).next_items(count, each)]
    assert " ".join(given_out) == taken


def test_a_served_device_goes_to_the_back_in_the_next_poll_too() -> None:
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
def test_of_each_the_first_are_taken_in_their_order_and_the_rest_is_left_out(
    items: list[tuple[str, int]], most: int
) -> None:
    taken, left_out = round_robin([(device, (device, item)) for device, item in items], most)
    for device in "abc":
        sent = [pair for pair in items if pair[0] == device]
        assert [pair for pair in taken if pair[0] == device] == sent[:most]
        assert left_out.get(device, []) == sent[most:]
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
