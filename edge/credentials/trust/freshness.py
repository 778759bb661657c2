"""What an outdated list of issuers or revocations may still be used for."""

from __future__ import annotations

from enum import StrEnum


class Freshness(StrEnum):
    """What an outdated list may still be used for."""

    FRESH = "fresh"
    WARN = "warn"  # say so, go on
    DEGRADE = "degrade"  # certificates are for the staff to look at
    CLOSE = "close"  # no certificate counts
