"""The status of a health code over time: absent before it begins, expired from its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.decision import Status, StatusRecord
from edge.decision.status import status_at

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("value", Status)
@pytest.mark.parametrize(
    ("now", "until", "expected"),
    [
        (SINCE - TICK, UNTIL, Status.ABSENT),
        (SINCE, UNTIL, None),
        (UNTIL - TICK, UNTIL, None),
        (UNTIL, UNTIL, Status.EXPIRED),
        (UNTIL, None, None),
    ],
)
def test_what_holds_when(
    value: Status, now: datetime, until: datetime | None, expected: Status | None
) -> None:
    record = StatusRecord(value, "source", "reason", "rule", SINCE, until)
    assert status_at(record, now) is (value if expected is None else expected)


def test_without_a_record_it_is_absent() -> None:
    assert status_at(None, SINCE) is Status.ABSENT
