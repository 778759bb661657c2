"""What an old list of issuers or revocations may still do."""

from __future__ import annotations

from enum import StrEnum


class Freshness(StrEnum):
    """What an old list may still do."""

    FRESH = "fresh"
    WARN = "warn"  # say so, go on
    DEGRADE = "degrade"  # certificates are for the staff to look at
    CLOSE = "close"  # no certificate counts
