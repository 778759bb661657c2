"""Numbers on a keypad: what ends one, what clears one, what is none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.scanners.core import MOST_DIGITS, Digits, KeypadKey, Number, PinTyped, StaffPin
from edge.scanners.core.entry import TYPED_WITHIN


@pytest.mark.parametrize(
    ("full", "keys", "found"),
    [
        (0, b"123456\r", [Number("123456")]),
        (0, b"123456#", [Number("123456")]),
        (0, b"123456", []),
        (6, b"123456", [Number("123456")]),
        (6, b"1234#", [Number("1234")]),  # a shorter one, by Enter
        (6, b"123456#", [Number("123456")]),  # the habitual Enter says nothing more
        (6, b"123456\r\n123456#", [Number("123456"), Number("123456")]),
        (6, b"123456#1#", [Number("123456"), Number("1")]),
        (6, b"123456*#", [Number("123456"), KeypadKey.EMPTY]),  # another key was between
        (0, b"1234\r\n", [Number("1234")]),
        (0, b"#1234##", [KeypadKey.EMPTY, Number("1234")]),
        (6, b"123456123456", [Number("123456"), Number("123456")]),
        (0, b"12*3456#", [Number("3456")]),
        (0, b"12\b3456#", [Number("3456")]),
        (0, b"12\x003456#", [Number("3456")]),  # the kernel dropped keys
        (0, b"12a3/4#", [Number("1234")]),
        (0, b"#", [KeypadKey.EMPTY]),
        (0, b"1" * MOST_DIGITS + b"#", [Number("1" * MOST_DIGITS)]),
        (0, b"1" * (MOST_DIGITS + 1) + b"#", [KeypadKey.TOO_LONG]),
        (0, b"1" * 4_000 + b"#1234#", [KeypadKey.TOO_LONG, Number("1234")]),
    ],
)
def test_a_number_is_the_digits_before_its_end(
    full: int, keys: bytes, found: list[Number | KeypadKey]
) -> None:
    assert Digits(full).add(keys, 0.0) == found


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (b"1042*294815#", [StaffPin("1042", "294815")]),
        (b"1042*294815\r", [StaffPin("1042", "294815")]),
        (b"4711#", [Number("4711")]),  # a visitor's number, at the same keypad
        (b"*4711#", [Number("4711")]),
        (b"1042*29*4711#", [Number("4711")]),  # a second star clears
        (b"1042*\b4711#", [Number("4711")]),
        (b"1042*#", [KeypadKey.EMPTY]),
        (b"1042*" + b"1" * 500 + b"#", [KeypadKey.TOO_LONG]),
    ],
)
def test_where_staff_use_it_a_star_behind_digits_stands_before_a_pin(
    keys: bytes, found: list[Number | StaffPin | KeypadKey]
) -> None:
    assert Digits(0, staff=True).add(keys, 0.0) == found


def test_half_a_pin_is_forgotten_with_the_number_before_it() -> None:
    digits = Digits(0, staff=True)
    assert digits.add(b"1042*", 0.0) == []
    assert digits.add(b"294815#", TYPED_WITHIN) == [KeypadKey.GIVEN_UP, Number("294815")]


def test_who_comes_later_and_presses_only_enter_is_asked_to_type() -> None:
    digits = Digits(6)
    assert digits.add(b"123456", 0.0) == [Number("123456")]
    assert digits.add(b"#", TYPED_WITHIN - 0.1) == []
    assert digits.add(b"#", TYPED_WITHIN) == [KeypadKey.EMPTY]


def test_who_takes_too_long_begins_anew() -> None:
    digits = Digits(0)
    assert digits.add(b"12", 0.0) == []
    assert digits.add(b"3", 9.0) == []
    assert digits.due() == 9.0 + TYPED_WITHIN
    assert digits.add(b"4#", 9.0 + TYPED_WITHIN) == [KeypadKey.GIVEN_UP, Number("4")]
    assert digits.expired(1e9) == []


@given(keys=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60), max_size=6))
@settings(derandomize=True)
def test_however_the_keys_come_the_numbers_are_the_same(keys: bytes, cuts: list[int]) -> None:
    whole, parts, found = Digits(4), Digits(4), []
    edges = [0, *sorted(cuts), len(keys)]
    for start, end in pairwise(edges):
        found += parts.add(keys[start:end], 0.0)
    assert found == whole.add(keys, 0.0)


def test_nothing_that_is_printed_tells_a_number() -> None:
    assert "123456" not in repr(Number("123456"))
    assert "294815" not in repr([StaffPin("1042", "294815"), PinTyped("pad", "1042", "294815")])
