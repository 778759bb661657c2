"""Numbers that people type: what is one, and what is kept and carried of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.known.numbers import (
    MOST_SALTS,
    PREFIX,
    RESTING,
    SLOW_BYTES,
    as_act,
    is_number,
    is_resting,
    kept_digest,
    kept_in,
    kept_of_code,
    number_of,
    shown_number,
    slow_digest,
    text_of_digests,
    typed_number,
)

SALT = b"0123456789abcdef"
ANOTHER = bytes(16)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("123456", "123456"),
        ("4071 2296", "40712296"),
        ("4071-2296", "40712296"),
        ("４０７１２２９６", "40712296"),
        ("\u00a0123456\n", "123456"),
        ("12345", None),
        ("123456789", None),
        ("١٢٣٤٥٦", None),
        ("²²²²²²", "222222"),
        ("12345a", None),
        ("", None),
        ("\0" * 6, None),
        ("9" * 4000, None),
    ],
)
def test_a_number_is_six_to_eight_digits_however_they_are_typed(typed: str, number: str | None) -> None:
    assert typed_number(typed) == number


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_is_not(text: str) -> None:
    number = typed_number(text)
    assert number is None or is_number(number)


@given(st.integers(min_value=0, max_value=10**8 - 1))
def test_a_number_that_is_read_out_is_the_one_that_is_typed(drawn: int) -> None:
    number = number_of(drawn, 8)
    assert typed_number(shown_number(number)) == number


def test_a_number_is_known_by_the_text_that_carries_its_slow_digest() -> None:
    text = text_of_digests([slow_digest("40712296", SALT)])
    assert kept_in(text) == (kept_digest("40712296", SALT),)
    assert kept_in(text) != (kept_digest("40712297", SALT),)
    assert kept_in(text) != (kept_digest("40712296", ANOTHER),)


def test_the_same_number_typed_again_is_another_text_of_the_same_number() -> None:
    text = text_of_digests([slow_digest("40712296", SALT)])
    assert as_act(text, 1) != as_act(text, 2)
    assert kept_in(as_act(text, 2)) == kept_in(text)
    assert is_resting(as_act(RESTING, 7))
    assert not is_resting(as_act(text, 7))


def test_what_is_kept_of_a_number_is_no_text_that_opens() -> None:
    """Who copies a registry and shows its digests as codes shows nobody's number."""
    kept = kept_digest("40712296", SALT)
    assert kept not in kept_in(text_of_digests([kept]))
    assert kept not in kept_in(text_of_digests([kept[:SLOW_BYTES]]))
    assert kept_in(f"{PREFIX}40712296") == ()


def test_a_number_and_a_code_of_the_same_characters_are_different_things() -> None:
    assert kept_of_code("40712296") != kept_digest("40712296", SALT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        RESTING,
        "40712296",
        f"{PREFIX}{'0' * (2 * SLOW_BYTES - 1)}",
        f"{PREFIX}{'g' * 2 * SLOW_BYTES}",
        f"{PREFIX}{'00' * SLOW_BYTES * (MOST_SALTS + 1)}",
        f"{PREFIX}{'0 ' * SLOW_BYTES}",
    ],
)
def test_any_other_text_carries_no_number(text: str) -> None:
    assert kept_in(text) == ()


def test_a_digest_tells_neither_the_number_nor_that_two_sites_have_the_same() -> None:
    first, again, other = (slow_digest(shown, salt) for shown, salt in _SAME)
    assert first == again != other
    assert slow_digest("12345679", SALT) != first


_SAME = (("12345678", SALT), ("12345678", SALT), ("12345678", ANOTHER))
