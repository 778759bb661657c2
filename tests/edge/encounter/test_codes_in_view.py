"""Each code is read once while it stays in view; a flood of them is not read, and told once a minute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.encounter.codes_in_view import TOLD_EVERY, CodesInView, Flood, TimeInView
from edge.vision.reports import CodeSighting
from tests.examples import tried

BUDGET = 30
"""Codes that are read at once (edge.credentials.reuse)."""


def sightings(*texts: str) -> list[CodeSighting]:
    return [CodeSighting(text, len(text)) for text in texts]


def new(codes: CodesInView, now: float, *texts: str) -> list[str]:
    return [code.text for code in codes.new(sightings(*texts), now)]


@settings(derandomize=True, max_examples=tried(30), deadline=None)
@given(st.integers(1, 6), st.sampled_from([0.05, 0.1, 0.2]), st.booleans())
def test_a_pass_beside_a_flashing_telephone_is_read_within_a_second(
    flashed: int, step: float, first: bool
) -> None:
    """The telephone shows `flashed` new codes in each frame, and has for a minute; wherever it is held."""
    codes, now, number = CodesInView(2.0), 0.0, 0
    came, read = 60.0, None
    while now < came + 3.0 and read is None:
        now += step
        flash = [CodeSighting(f"flash-{number + place}", 9) for place in range(flashed)]
        number += flashed
        good = [CodeSighting("pass", 4)] if now >= came else []
        codes.forget(now)
        for code in codes.new([*good, *flash] if first else [*flash, *good], now):
            read = now if code.text == "pass" else read
    assert read is not None
    assert read - came <= 1.0


def test_a_code_is_new_once_while_it_stays_in_view() -> None:
    codes = CodesInView(2.0)
    assert new(codes, 0.0, "a", "b") == ["a", "b"]
    assert new(codes, 0.1, "a", "c") == ["c"]
    assert codes.time_of("a") == TimeInView(0.0, 0.1)
    assert codes.time_of("b") == TimeInView(0.0, 0.0)


@pytest.mark.parametrize(("away", "again"), [(2.0, False), (2.1, True)])
def test_out_of_view_for_long_enough_it_is_new_again(away: float, again: bool) -> None:
    codes = CodesInView(2.0)
    new(codes, 0.0, "a")
    codes.forget(away)
    assert ("a" in codes, bool(codes)) == (not again, not again)
    assert new(codes, away, "a") == (["a"] if again else [])


def test_a_code_that_was_never_read_has_no_time() -> None:
    with pytest.raises(KeyError):
        CodesInView(2.0).time_of("a")


def flooded(codes: CodesInView, now: float, count: int) -> list[str]:
    return new(codes, now, *(f"{now}-{number}" for number in range(count)))


def test_a_flood_is_not_read_and_is_told_at_once_then_once_a_minute() -> None:
    codes = CodesInView(2.0)
    assert codes.flood(0.0) is None
    assert len(flooded(codes, 0.0, BUDGET + 7)) == BUDGET
    assert codes.flood(0.0) == Flood(7, 0.0)
    assert codes.flood(0.0) is None, "nothing more was ignored since"
    flooded(codes, 1.0, 100)
    flooded(codes, 1.5, 1)  # half a second has earned one more
    flooded(codes, 1.5, 5)
    assert codes.flood(TOLD_EVERY - 0.1) is None
    told = codes.flood(TOLD_EVERY)
    assert told is not None
    assert told.seconds == TOLD_EVERY - 1.0
    assert told.ignored == 98 + 4  # two a second are read, and stay read


def test_of_those_that_wait_the_longest_in_view_is_next() -> None:
    codes = CodesInView(99.0)
    flooded(codes, 0.0, BUDGET)
    assert new(codes, 0.1, "first") == []
    assert new(codes, 0.2, "second", "first") == []
    assert new(codes, 0.55, "second", "first", "third") == ["first"]
    assert codes.time_of("first") == TimeInView(0.1, 0.55)


def test_forgotten_codes_leave_the_count_of_the_flood() -> None:
    codes = CodesInView(2.0)
    flooded(codes, 0.0, BUDGET + 3)
    codes.clear()
    assert not codes
    assert codes.flood(0.0) == Flood(3, 0.0)
    waited = f"0.0-{BUDGET + 1}"
    assert new(codes, 5.0, waited) == [waited]
    assert codes.time_of(waited).since == 5.0, "what waited has been forgotten too"


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=20))
def test_what_is_read_once_is_not_read_again(frames: list[list[str]]) -> None:
    codes, read = CodesInView(99.0), []
    for number, frame in enumerate(frames):
        read += new(codes, number / 10.0, *frame)
    assert sorted(read) == sorted({text for frame in frames for text in frame})
