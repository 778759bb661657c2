"""The wall clock, as messages and central's tables hold it."""

from __future__ import annotations

from datetime import UTC, datetime

from edge.signing.cose import microseconds


def wall() -> int:
    """The time by this machine, in microseconds since 1970 UTC."""
    return microseconds(datetime.now(UTC))
