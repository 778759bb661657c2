"""Who minds the gate: a shift is begun, handed over and ended, and the lane's records name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.staff.store import StaffStore
from edge.staff.stored import StoredShift

LONGEST: Final = 16 * 3600.0
"""Seconds after which a shift ends by itself: nobody minds a gate for longer."""


@dataclass(frozen=True)
class RunningShift:
    """The shift: whose, since and until when by the wall clock; it ends by itself at monotonic `ends`."""

    staff: str
    name: str
    since: datetime
    until: datetime | None
    ends: float

    def stored(self, now: float) -> StoredShift:
        """What a file says of it at monotonic `now`."""
        return StoredShift(self.staff, self.since, self.until, max(0.0, self.ends - now))


def shift_from(store: StaffStore, now: float) -> RunningShift | None:
    """The shift in the file, going on from monotonic `now`. Raises StaffFileError."""
    kept = store.shift()
    account = None if kept is None else store.account(kept.staff)
    if kept is None or account is None:
        return None
    remaining = kept.remaining if kept.remaining == kept.remaining else 0.0
    ends = now + min(max(remaining, 0.0), LONGEST)
    return RunningShift(kept.staff, account.name, kept.since, kept.until, ends)
