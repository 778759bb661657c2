"""What the lab cannot do."""

from __future__ import annotations


class LabError(Exception):
    """What the lab cannot do, and what to do about it."""
