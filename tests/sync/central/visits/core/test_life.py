"""A visit's life: what was said, what gates wrote, and the time make its state, in any order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.visits.core.life import (
    Happened,
    VisitEvent,
    VisitLife,
    VisitState,
    life_of,
    may_be_cancelled,
    may_be_said_left,
)

END = 100
IN, OUT, GONE, OFF = VisitEvent.ENTERED, VisitEvent.WENT_OUT, VisitEvent.SAID_LEFT, VisitEvent.CANCELLED


@pytest.mark.parametrize(
    ("story", "now", "state"),
    [
        ("", 0, VisitState.INVITED),
        ("", 99, VisitState.INVITED),
        ("", 100, VisitState.NO_SHOW),
        ("in 10", 50, VisitState.ARRIVED),
        ("in 10", 5, VisitState.INVITED),
        ("in 10", 100, VisitState.OVERSTAYED),
        ("in 10, out 20", 50, VisitState.LEFT),
        ("in 10, out 20", 500, VisitState.LEFT),
        ("in 10, out 200", 150, VisitState.OVERSTAYED),
        ("in 10, out 200", 200, VisitState.LEFT),
        ("in 10, out 20, in 30", 50, VisitState.ARRIVED),
        ("in 10, out 20, in 30", 100, VisitState.OVERSTAYED),
        ("in 10, gone 20", 50, VisitState.LEFT),
        ("in 10, gone 20, in 30", 50, VisitState.ARRIVED),
        ("gone 20", 50, VisitState.INVITED),
        ("off 10", 50, VisitState.CANCELLED),
        ("off 10", 100, VisitState.CANCELLED),
        ("off 10, in 20", 50, VisitState.ARRIVED),
        ("in 10, off 20", 50, VisitState.ARRIVED),
        ("in 10, off 20, out 30", 50, VisitState.LEFT),
        ("out 10", 50, VisitState.LEFT),
        ("out 10", 100, VisitState.LEFT),
        ("in 120", 110, VisitState.NO_SHOW),
        ("in 120", 120, VisitState.OVERSTAYED),
        ("off 10, in 120", 130, VisitState.OVERSTAYED),
    ],
)
def test_a_story_ends_in_a_state(story: str, now: int, state: VisitState) -> None:
    words = {"in": IN, "out": OUT, "gone": GONE, "off": OFF}
    told = [each.split() for each in story.split(", ") if each]
    happened = [Happened(int(at), words[what]) for what, at in told]
    assert life_of(END, happened, now).state is state


def test_its_times_are_the_first_entry_and_the_last_way_out() -> None:
    happened = [Happened(at, what) for at, what in ((10, IN), (20, OUT), (30, IN), (40, GONE), (50, OUT))]
    assert life_of(END, happened, 60) == VisitLife(VisitState.LEFT, 10, 50)
    assert life_of(END, happened, 35) == VisitLife(VisitState.ARRIVED, 10, None)
    assert life_of(END, [], 100) == VisitLife(VisitState.NO_SHOW, None, None)


HAPPENED = st.lists(st.builds(Happened, st.integers(0, 200), st.sampled_from(VisitEvent)), max_size=6)
NOW = st.integers(0, 250)


@given(HAPPENED, NOW, st.randoms(use_true_random=False))
def test_the_order_in_which_reports_come_changes_nothing(
    happened: list[Happened], now: int, random: Random
) -> None:
    shuffled = list(happened)
    random.shuffle(shuffled)
    assert life_of(END, shuffled, now) == life_of(END, happened, now)


@given(HAPPENED, NOW)
def test_what_happens_later_changes_nothing_now(happened: list[Happened], now: int) -> None:
    known = [each for each in happened if each.at <= now]
    assert life_of(END, happened, now) == life_of(END, known, now)


@given(HAPPENED, NOW)
def test_time_alone_ends_only_what_waits(happened: list[Happened], now: int) -> None:
    known = [each for each in happened if each.at <= now]
    before, after = life_of(END, known, now).state, life_of(END, known, now + 1000).state
    ends = {VisitState.INVITED: VisitState.NO_SHOW, VisitState.ARRIVED: VisitState.OVERSTAYED}
    assert after is ends.get(before, before)


@given(HAPPENED, NOW)
def test_nobody_who_was_let_in_is_a_no_show_or_cancelled(happened: list[Happened], now: int) -> None:
    came = any(each.what is IN and each.at <= now for each in happened)
    life = life_of(END, happened, now)
    assert came == (life.came_at is not None)
    if came:
        assert life.state in {VisitState.ARRIVED, VisitState.OVERSTAYED, VisitState.LEFT}
    if life.state in {VisitState.NO_SHOW, VisitState.CANCELLED, VisitState.INVITED}:
        assert not came


@given(HAPPENED, NOW)
def test_what_may_be_said_has_an_effect(happened: list[Happened], now: int) -> None:
    known = [each for each in happened if each.at <= now]
    state = life_of(END, known, now).state
    for may, what, becomes in (
        (may_be_cancelled, OFF, VisitState.CANCELLED),
        (may_be_said_left, GONE, VisitState.LEFT),
    ):
        after = life_of(END, [*known, Happened(now + 1, what)], now + 1).state
        if may(state) and now + 1 < END:
            assert after is becomes
