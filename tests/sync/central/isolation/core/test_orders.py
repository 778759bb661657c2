"""Which order to stay at home holds: the newest that was known at the time, while it lasts."""

from __future__ import annotations

import pytest

from edge.decision import HomeIsolation, IsolationException
from edge.signing.cose import instant
from sync.central.isolation.core.orders import Ordered, in_force, is_excepted
from sync.central.units import HOUR


def order(since: int, until: int | None, *exceptions: IsolationException) -> HomeIsolation:
    return HomeIsolation("clinic", instant(since), None if until is None else instant(until), exceptions)


FIRST = Ordered(1, 0, order(0, 10 * HOUR))
LONGER = Ordered(2, 2 * HOUR, order(0, None))
LIFTED = Ordered(3, 5 * HOUR, None)
LATER = Ordered(4, 6 * HOUR, order(8 * HOUR, 9 * HOUR))
HISTORY = (LATER, FIRST, LIFTED, LONGER)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (-1, None),
        (0, FIRST),
        (2 * HOUR - 1, FIRST),
        (2 * HOUR, LONGER),
        (5 * HOUR - 1, LONGER),
        (5 * HOUR, None),
        (6 * HOUR, None),  # ordered, and not begun
        (8 * HOUR, LATER),
        (9 * HOUR, None),  # its end is no part of it
    ],
)
def test_the_newest_order_that_was_known_holds_while_it_lasts(at: int, expected: Ordered | None) -> None:
    assert in_force(HISTORY, at) == expected


def test_of_two_at_one_moment_the_later_number_holds() -> None:
    assert in_force((Ordered(8, 0, None), Ordered(7, 0, order(0, None))), 0) is None


@pytest.mark.parametrize(("at", "excepted"), [(HOUR - 1, False), (HOUR, True), (2 * HOUR, False)])
def test_a_declared_exception_covers_its_time(at: int, excepted: bool) -> None:
    out = IsolationException("a test", instant(HOUR), instant(2 * HOUR))
    assert is_excepted(Ordered(1, 0, order(0, None, out)), at) is excepted
    assert not is_excepted(LIFTED, at)
