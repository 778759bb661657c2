"""Finds subjects who should be enrolled again, by the journals of the gates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from edge.journal.format import AccessDecided, Entry, understood


@dataclass(frozen=True)
class NearMissCount:
    """How often somebody's face was just below what a gate needed, and when last (UTC)."""

    subject_id: str
    times: int
    last: datetime


def near_misses_in(entries: Iterable[Entry], since: datetime) -> list[NearMissCount]:
    """By subject, the most frequent first; `entries` may be of several gates."""
    counted: dict[str, NearMissCount] = {}
    for entry in entries:
        if entry.kind != AccessDecided.kind or entry.wall.at < since:
            continue
        event = understood(entry)
        subject_id = event.near_miss if isinstance(event, AccessDecided) else None
        if subject_id is not None:
            before = counted.get(subject_id)
            times, last = (0, entry.wall.at) if before is None else (before.times, before.last)
            counted[subject_id] = NearMissCount(subject_id, times + 1, max(last, entry.wall.at))
    return sorted(counted.values(), key=lambda item: (-item.times, item.subject_id))
