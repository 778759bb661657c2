"""What a gate is asked of held entries, and when it is asked again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.entry_holds.core.telling import (
    AGAIN_AFTER,
    AUTOMATIC_LENGTH,
    AskedGate,
    HoldStanding,
    WantedHold,
    is_to_be_asked,
    longest,
    renewed,
    standing_of,
)
from sync.central.units import MINUTE

NOW = 1_772_496_000_000_000
LATER = NOW + 30 * MINUTE
HOLD = WantedHold(LATER, "full")
DONE, WAITS, REFUSED, FAILED, UNKNOWN = (
    HoldStanding.DONE,
    HoldStanding.WAITS,
    HoldStanding.REFUSED,
    HoldStanding.FAILED,
    HoldStanding.UNKNOWN,
)


def asked(until: int | None, standing: HoldStanding, ago: int = 0, may_hold: int = LATER) -> AskedGate:
    return AskedGate(until, NOW - ago, standing, may_hold)


@pytest.mark.parametrize(
    ("wanted", "before", "ask"),
    [
        (None, None, False),
        (HOLD, None, True),
        (WantedHold(NOW, "over"), None, False),
        (HOLD, asked(LATER, WAITS), False),
        (HOLD, asked(LATER, DONE), False),
        (HOLD, asked(LATER - MINUTE, DONE), True),  # renewed
        (HOLD, asked(LATER + MINUTE, DONE), True),  # the longer one was released
        (HOLD, asked(LATER - MINUTE, WAITS), False),  # one after the other
        (HOLD, asked(None, DONE), True),  # released, and held anew
        (HOLD, asked(LATER, UNKNOWN), False),
        (HOLD, asked(LATER, UNKNOWN, AGAIN_AFTER), True),
        (HOLD, asked(LATER, FAILED, AGAIN_AFTER), True),
        (HOLD, asked(LATER, FAILED, 1 - AGAIN_AFTER), False),
        (HOLD, asked(LATER, FAILED, -AGAIN_AFTER), True),  # the clock was set back since
        (HOLD, asked(LATER, REFUSED, 10 * AGAIN_AFTER), False),  # an older gate: once a renewal is enough
        (HOLD, asked(LATER - MINUTE, REFUSED), True),
        (None, asked(LATER, DONE), True),
        (None, asked(LATER, UNKNOWN), True),  # it may hold all the same
        (None, asked(LATER, DONE, may_hold=NOW), False),  # it ended by itself
        (None, asked(None, DONE), False),
        (None, asked(None, UNKNOWN, AGAIN_AFTER), True),
        (None, asked(None, UNKNOWN, AGAIN_AFTER, may_hold=NOW), False),
        (WantedHold(NOW, "over"), asked(LATER, DONE), True),
    ],
)
def test_when_a_gate_is_asked(wanted: WantedHold | None, before: AskedGate | None, ask: bool) -> None:
    assert is_to_be_asked(wanted, before, NOW) is ask


def test_of_several_holds_the_one_that_lasts_longest_counts() -> None:
    assert longest([]) is None
    assert longest([WantedHold(LATER, "b"), HOLD, WantedHold(LATER - 1, "z")]) == HOLD


@pytest.mark.parametrize(
    ("state", "outcome", "standing"),
    [
        (None, None, HoldStanding.NOT_ASKED),
        ("waiting", None, WAITS),
        ("sent", "unsure", WAITS),
        ("answered", "done", DONE),
        ("answered", "refused", REFUSED),
        ("answered", "unknown", REFUSED),
        ("answered", "repeated", REFUSED),
        ("answered", "failed", FAILED),
        ("answered", "unavailable", FAILED),
        ("answered", "late", UNKNOWN),
        ("answered", "older", UNKNOWN),
        ("answered", None, REFUSED),
        ("unanswered", None, UNKNOWN),
        ("expired", None, UNKNOWN),
    ],
)
def test_how_far_a_request_is(state: str | None, outcome: str | None, standing: HoldStanding) -> None:
    assert standing_of(state, outcome) is standing


@given(st.lists(st.integers(1, AUTOMATIC_LENGTH // 2), max_size=60))
def test_a_limit_that_lasts_never_lets_its_hold_run_out(steps: list[int]) -> None:
    """Looked at within half its length, it is always in force, and never for more than one length."""
    now, until = NOW, NOW + AUTOMATIC_LENGTH
    for step in steps:
        now += step
        assert now <= until
        until = renewed(until, now)
        assert now < until <= now + AUTOMATIC_LENGTH
