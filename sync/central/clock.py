"""The wall clock, as central's tables hold it."""

from __future__ import annotations

from datetime import UTC, datetime

from edge.signing.cose import microseconds


def wall() -> int:
    """Microseconds since 1970."""
    return microseconds(datetime.now(UTC))
