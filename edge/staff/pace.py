"""Bounds how much one person has written into the journal: whoever has their session, a console that was
taken over or a tablet that somebody left, fills no card by it, and keeps the main loop from nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from edge.errors import GatepostError
from edge.journal.format import Entry, Event
from edge.support.bucket import Bucket

A_SECOND, SAVED = 1.0, 30.0
"""Events of one person a second, and the seconds of that saved up: nobody's hands are faster for long."""
_MOST_PEOPLE: Final = 128


class TooFast(GatepostError):
    """One person asks for more than anybody does; nothing was written or done. Again after `wait` seconds."""

    def __init__(self, staff: str, wait: float) -> None:
        super().__init__(f"{staff} asks for too much at once", remedy="wait a moment")
        self.wait = wait


class Paced:
    """A way into the journal, `record`, for what staff ask for. Used by the main loop's thread."""

    def __init__(self, record: Callable[[Event], Entry], monotonic: Callable[[], float]) -> None:
        self._record = record
        self._monotonic = monotonic
        self._of: OrderedDict[str, Bucket] = OrderedDict()

    def record(self, event: Event) -> Entry:
        """Store what a member of the staff asked for. Raises JournalError, TooFast."""
        staff = str(getattr(event, "staff", ""))
        bucket = self._of.setdefault(staff, Bucket(A_SECOND, seconds_saved=SAVED))
        self._of.move_to_end(staff)
        if len(self._of) > _MOST_PEOPLE:
            self._of.popitem(last=False)
        wait = bucket.wait(self._monotonic())
        if wait:
            raise TooFast(staff, wait)
        bucket.take(1)
        return self._record(event)
