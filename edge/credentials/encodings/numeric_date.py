"""Seconds since 1970 (RFC 8392's NumericDate) as instants: read once, never beyond the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from edge.errors import CredentialError

LATEST_SECOND: Final = 253_370_764_800
"""The first second of the year 9999: no zone's clock is beyond Python's calendar then."""


def instant_of(seconds: Any) -> datetime:
    """The instant (UTC) that a whole or floating point number of seconds is; raises CredentialError."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 <= seconds <= LATEST_SECOND:
        raise CredentialError("a time that is not a number of seconds from 1970 to 9999")
    return datetime.fromtimestamp(seconds, UTC)
