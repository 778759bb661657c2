"""NumericDate (RFC 8392): seconds from 1970 to the calendar's end, whole or fractional, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from edge.credentials.encodings.numeric_date import instant_of
from edge.errors import CredentialError


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_772_539_200, datetime(2026, 3, 3, 12, tzinfo=UTC)),
        (0.5, datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (253_370_764_800, datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant(seconds: float, expected: datetime) -> None:
    assert instant_of(seconds) == expected


@pytest.mark.parametrize(
    "seconds", [-1, 253_370_764_801, 10**30, float("nan"), float("inf"), True, "0", None, b""]
)
def test_anything_else_is_refused(seconds: Any) -> None:
    with pytest.raises(CredentialError, match="from 1970 to 9999"):
        instant_of(seconds)
