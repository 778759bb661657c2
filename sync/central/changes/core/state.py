"""The states of a change set. PURE."""

from __future__ import annotations

from enum import StrEnum


class ChangeSetState(StrEnum):
    """What became of a change set."""

    APPLIED = "applied"  # at once
    WAITING = "waiting"
    APPROVED = "approved"  # and applied
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"  # by whoever asked
    LAPSED = "lapsed"
