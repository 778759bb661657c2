"""Durations of the rules for certificates: from 0 to what a calendar holds."""

from __future__ import annotations

import msgspec
import pytest

from edge.decision.certificates import Days, Hours, Seconds


@pytest.mark.parametrize(("kind", "most"), [(Days, 36_500), (Hours, 87_600), (Seconds, 315_360_000)])
def test_a_rules_time_is_from_none_to_what_a_calendar_has(kind: object, most: int) -> None:
    for good in (0, most):
        assert msgspec.convert(good, kind) == good
    for bad in (-1, most + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, kind)
