"""Says who lacks an end of their right, by the groups whose people have one. PURE."""

from __future__ import annotations

from collections.abc import Collection

from edge.decision import Subject


def lacks_end(record: Subject, must_end: Collection[str]) -> bool:
    """Whether a person is in one of the groups `must_end`, and their right has no end."""
    return record.valid_until is None and not record.groups.isdisjoint(must_end)
