"""The validity of something signed: its begin is inclusive, its end exclusive (RFC 8392, 3.1.4 and 3.1.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.credentials.validity import judge_window
from edge.decision import ClockTrust, PassVerdict, WallTime

FROM, UNTIL = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("trust", [ClockTrust.TRUSTED, ClockTrust.HOLDOVER])
@pytest.mark.parametrize(
    ("begins", "ends", "now", "expected"),
    [
        (FROM, UNTIL, FROM - SECOND, PassVerdict.NOT_YET_VALID),
        (FROM, UNTIL, FROM, PassVerdict.GENUINE),
        (FROM, UNTIL, UNTIL - SECOND, PassVerdict.GENUINE),
        (FROM, UNTIL, UNTIL, PassVerdict.EXPIRED),
        (None, UNTIL, FROM - 9999 * SECOND, PassVerdict.GENUINE),
        (FROM, None, UNTIL + 9999 * SECOND, PassVerdict.GENUINE),
    ],
)
def test_when_it_counts(
    begins: datetime | None, ends: datetime | None, now: datetime, expected: PassVerdict, trust: ClockTrust
) -> None:
    assert judge_window(begins, ends, WallTime(now, trust))[0] is expected


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (FROM, UNTIL, PassVerdict.CLOCK_UNSURE),
        (FROM, None, PassVerdict.CLOCK_UNSURE),
        (None, UNTIL, PassVerdict.CLOCK_UNSURE),
        (None, None, PassVerdict.GENUINE),
    ],
)
def test_an_untrusted_clock_matters_only_where_there_are_times(
    begins: datetime | None, ends: datetime | None, expected: PassVerdict
) -> None:
    assert judge_window(begins, ends, WallTime(FROM, ClockTrust.UNTRUSTED))[0] is expected
