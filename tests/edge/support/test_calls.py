"""Calls that any thread hands in: bounded, a few a turn, and what one raises ends only itself."""

from __future__ import annotations

from functools import partial

from edge.support.calls import MOST_A_TURN, MOST_WAITING, Calls


def test_so_many_wait_and_no_more_but_what_the_gate_itself_has_to_do() -> None:
    woken: list[None] = []
    calls = Calls(lambda: woken.append(None))
    assert all(calls.put(lambda: None) for _ in range(MOST_WAITING))
    assert not calls.put(lambda: None)
    assert calls.put(lambda: None, always=True)
    assert len(woken) == MOST_WAITING + 1


def test_a_few_are_carried_out_a_turn_in_order_whatever_one_of_them_raises() -> None:
    done: list[int] = []
    calls = Calls(lambda: None)

    def fail() -> None:
        raise RuntimeError("of one caller")

    calls.put(fail)
    for number in range(MOST_A_TURN):
        calls.put(partial(done.append, number))
    calls.poll()
    assert done == [*range(MOST_A_TURN - 1)]
    assert not calls.empty
    calls.poll()
    assert done == [*range(MOST_A_TURN)]
    assert calls.empty
