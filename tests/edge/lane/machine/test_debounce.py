"""Debouncing as a rule: a level counts once it has been stable for the wait, and never before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lane.machine import Contact, observe_level, settle_level, settles_at

WAIT = 0.03
OPEN = Contact(settled=False, latest=False, since=0.0)


def after(*edges: tuple[float, bool], at: float) -> bool:
    """The level that counts at `at`, after edges at their times."""
    contact = OPEN
    for time, level in edges:
        contact = observe_level(settle_level(contact, WAIT, time), level, time)
    return settle_level(contact, WAIT, at).settled


@pytest.mark.parametrize(
    ("edges", "at", "counts"),
    [
        ([], 9.0, False),
        ([(1.0, True)], 1.02, False),  # not stable for long enough yet
        ([(1.0, True)], 1.04, True),
        ([(1.0, True), (1.02, False)], 1.06, False),  # a spike shorter than the wait
        ([(1.0, True), (1.02, False), (1.021, True)], 1.04, False),  # each edge restarts the wait
        ([(1.0, True), (1.02, False), (1.021, True)], 1.06, True),
        ([(1.0, True), (1.01, True), (1.02, True)], 1.035, True),  # readings of the same level do not
        ([(1.0, True), (1.5, False)], 1.52, True),  # the old level counts until the new one settles
        ([(1.0, True), (1.5, False)], 1.54, False),
    ],
)
def test_a_level_counts_once_it_has_been_stable(
    edges: list[tuple[float, bool]], at: float, counts: bool
) -> None:
    assert after(*edges, at=at) is counts


_histories = st.lists(st.tuples(st.floats(0.0, 0.2), st.booleans()), max_size=40)


@given(_histories, st.floats(0.0, 0.2))
def test_the_level_that_counts_was_stable_for_the_wait(pauses: list[tuple[float, bool]], last: float) -> None:
    contact, now, changed = OPEN, 0.0, 0.0
    for pause, level in pauses:
        now += pause
        contact = settle_level(contact, WAIT, now)
        if level is not contact.latest:
            changed = now
        contact = observe_level(contact, level, now)
    now += last
    before, contact = contact, settle_level(contact, WAIT, now)
    if contact.settled is not before.settled:
        assert now >= changed + WAIT
    if now >= changed + WAIT:
        assert contact.settled is contact.latest
        assert settles_at(contact, WAIT) is None


@given(st.floats(0.0, 1e6))
def test_the_moment_to_settle_is_known_in_advance(now: float) -> None:
    contact = observe_level(OPEN, True, now)
    moment = settles_at(contact, WAIT)
    assert moment == now + WAIT
    assert settle_level(contact, WAIT, moment).settled
    assert settles_at(OPEN, WAIT) is None
