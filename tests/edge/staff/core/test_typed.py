"""What is typed and may be a PIN: nobody can tell, so it is not written down."""

from __future__ import annotations

import pytest

from edge.staff.core.typed import may_hold_pin, pins_in, without_pins


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", False),
        ("the boom is bent since 08:15", False),
        ("room 12-1-803", False),
        ("E-4711", False),
        ("12345", False),
        ("294815", True),
        ("my PIN is 294815, why does it not work", True),
        ("294 815", True),
        ("2 9 4 8 1 5", True),
        ("２９４８１５", True),
        ("138 then 0013 then 8000", False),
        ("13800138000", True),
        ("serial 1234567890123456", False),
        ("294899 294899 1", True),
        ("room 12 294899 1234567890", True),
    ],
)
def test_as_many_digits_as_a_pin_has(text: str, holds: bool) -> None:
    assert may_hold_pin(text) is holds


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("2 9 4 8 9 9 1 2 3 4", "2948991234"),
        ("2 9 4 8 9 9 1 2 3 4 5 6", "294899123456"),
        ("138 0013 8000 on 2026 11 27 294899", "294899"),
    ],
)
def test_the_likeliest_come_first(text: str, pin: str) -> None:
    """Each is compared with the duress word by a hash, so only some are."""
    assert pin in pins_in(text)[:2]


@pytest.mark.parametrize(
    ("text", "pins", "written"),
    [
        ("the post", (), "the post"),
        ("294899", ("294899",), "–"),
        ("２９４ ８９９", ("294899",), "–"),
        ("open, 294899!", ("294899",), "open, –!"),
        ("12 294899", ("294899", "12294899"), "–"),
        ("room 12, 294899 and 294815", ("294899", "294815"), "room 12, – and –"),
        ("serial 1234567890123456", (), "serial 1234567890123456"),
    ],
)
def test_what_could_be_a_pin_is_found_and_left_out(text: str, pins: tuple[str, ...], written: str) -> None:
    assert pins_in(text) == pins
    assert without_pins(text) == written
    assert not may_hold_pin(written)
