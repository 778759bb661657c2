"""Converts NumericDate (RFC 8392: seconds since 1970) to instants, never beyond the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from edge.errors import CredentialError

LATEST_SECOND: Final = 253_370_764_800
"""The first second of the year 9999: no zone's clock is beyond Python's calendar then."""


def instant_of(seconds: Any) -> datetime:
    """The instant (UTC) at a whole or fractional number of seconds since 1970; raises CredentialError."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 <= seconds <= LATEST_SECOND:
        raise CredentialError("a time is not a number of seconds from 1970 to 9999")
    return datetime.fromtimestamp(seconds, UTC)
