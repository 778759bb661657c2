"""How far a clock is believed: what is signed, what was written, and central's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import NEVER_SET, CentralTime, ClockTrust, KnownTimes, trust_of
from edge.decision.clock_trust import AGREES_WITHIN, LONGEST_ANSWER, VOUCHED

TRUSTED, HOLDOVER, UNTRUSTED = ClockTrust.TRUSTED, ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED
ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
EXPIRES = ISSUED + 30 * DAY


@pytest.mark.parametrize(
    ("at", "synchronised", "trust"),
    [
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), True, UNTRUSTED),
        (NEVER_SET - SECOND, True, UNTRUSTED),
        (ISSUED - SECOND, True, UNTRUSTED),
        (ISSUED, True, TRUSTED),
        (ISSUED, False, HOLDOVER),
        (ISSUED + VOUCHED, True, TRUSTED),
        (ISSUED + VOUCHED + SECOND, True, UNTRUSTED),
        (datetime(2099, 1, 1, tzinfo=UTC), True, UNTRUSTED),
    ],
)
def test_a_clock_is_believed_from_the_latest_signed_time_on_and_for_a_year(
    at: datetime, synchronised: bool, trust: ClockTrust
) -> None:
    known = KnownTimes(signed=ISSUED)
    assert trust_of(at, known.floor, ceiling=known.ceiling, synchronised=synchronised) is trust


@pytest.mark.parametrize(("synchronised", "trust"), [(True, TRUSTED), (False, HOLDOVER)])
def test_where_nothing_is_known_only_a_clock_that_was_never_set_is_wrong(
    synchronised: bool, trust: ClockTrust
) -> None:
    assert trust_of(NEVER_SET, None, synchronised=synchronised) is trust
    assert trust_of(NEVER_SET - SECOND, None, synchronised=synchronised) is UNTRUSTED


@pytest.mark.parametrize(
    ("written", "floor"),
    [
        (None, ISSUED),
        (ISSUED - DAY, ISSUED),
        (ISSUED + DAY, ISSUED + DAY),
        (EXPIRES, EXPIRES),
        (EXPIRES + SECOND, ISSUED),
        (datetime(2099, 1, 1, tzinfo=UTC), ISSUED),
    ],
)
def test_what_a_clock_wrote_is_a_floor_up_to_the_end_that_was_signed(
    written: datetime | None, floor: datetime
) -> None:
    assert KnownTimes(ISSUED, written, EXPIRES).floor == floor


_TIMES = st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(written=st.none() | _TIMES, signed=st.none() | _TIMES)
def test_no_clock_that_was_wrong_once_bars_the_right_time_for_ever(
    written: datetime | None, signed: datetime | None
) -> None:
    """From the end on that the signer set, a right clock is believed whatever was written before."""
    expires = None if signed is None else signed + 30 * DAY
    known = KnownTimes(signed, written, expires)
    assert known.floor is None or signed is not None
    if expires is not None and expires >= NEVER_SET:
        assert trust_of(expires, known.floor, ceiling=known.ceiling, synchronised=True) is TRUSTED


_SECONDS = st.floats(0.0, 10_000_000.0)


@given(began=_SECONDS, there=st.floats(0.0, 300.0), back=st.floats(0.0, 300.0), since=_SECONDS)
def test_whenever_central_looked_at_its_clock_the_right_time_agrees_and_another_does_not(
    began: float, there: float, back: float, since: float
) -> None:
    central = CentralTime(ISSUED, began, began + there + back)
    now = began + there + back + since
    right = ISSUED + timedelta(seconds=back + since)
    assert central.usable
    assert central.agrees(right, now)
    slack = AGREES_WITHIN + timedelta(seconds=there + back + since * 0.001 + 1.0)
    assert not central.agrees(right + slack, now)
    assert not central.agrees(right - slack, now)
    assert central.off(right + slack, now) > timedelta() > central.off(right - slack, now)


@pytest.mark.parametrize(
    ("took", "usable"), [(0.0, True), (LONGEST_ANSWER, True), (LONGEST_ANSWER + 1, False), (-1.0, False)]
)
def test_a_word_that_was_held_back_tells_nothing(took: float, usable: bool) -> None:
    assert CentralTime(ISSUED, 1000.0, 1000.0 + took).usable is usable
