"""When something is due, in monotonic seconds: what those have in common who say it."""

from __future__ import annotations

NEVER = float("inf")
"""When something is due that only an arrival makes due."""
