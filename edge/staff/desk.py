"""What staff keep at the gate, in memory and on disk: the rights that they gave, and the faults that are
open.

The file may not open: then no visitor registered here is known, and it is tried again. Used by the worker's
thread, but for what says otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from edge.credentials.known import KnownRight
from edge.decision import ClockTrust, Outcome, is_visitor
from edge.errors import JournalError
from edge.journal.format import GateFaultSettled, VisitorEnded, understood
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from edge.signing.cose import microseconds
from edge.staff.core import VisitorMeans
from edge.staff.desk_file import DeskFile, Guest, ReportedFault, open_desk_file
from edge.staff.file_errors import StaffFileError
from edge.staff.ports import GatePorts
from edge.support.storage import Storage

FILE_NAME: Final = "desk.db"
"""Beside the staff's file."""
LOOK_EVERY: Final = 10.0
TRY_AGAIN_AFTER: Final = 5.0
_TOLD_FOR = timedelta(hours=12)
"""So long after its end a code is said to have ended; then it is one that nobody knows."""
_MOST_PASSED: Final = 100
_CLOCK_SET_BACK: Final = 24 * 3600 * 1_000_000
"""Microseconds by which a clock may have been set back between a right's begin and its end."""
_ENDS: Final = (VisitorEnded.kind.value, GateFaultSettled.kind.value)


class Desk:
    """The visitors and faults of one gate, whose file is in `folder`. What its `journal` says has ended stays
    ended, whatever the file says: it may be an older one that was put back.
    """

    def __init__(self, folder: Path, gate: GatePorts, storage: Storage, journal: Path) -> None:
        self._path = folder / FILE_NAME
        self._journal = journal
        self._gate = gate
        self._storage = storage
        self._monotonic: Callable[[], float] = gate.clock.monotonic
        self._file: DeskFile | None = None
        self._not_before = float("-inf")
        self._problem = ""
        self._passed: deque[tuple[str, int]] = deque(maxlen=_MOST_PASSED)
        self._over: dict[bytes, KnownRight] = {}
        self._log = structlog.get_logger("edge.staff")
        self.guests: tuple[Guest, ...] = ()
        self.faults: tuple[ReportedFault, ...] = ()
        """Those that are not settled, the newest first; for any thread."""

    def hear(self, heard: Heard) -> None:
        """Take up, in the main loop's thread, that a visitor passed."""
        if not isinstance(heard, AccessEvent) or heard.decision.outcome is not Outcome.GRANT:
            return
        who = heard.decision.subject_id
        if who is not None and is_visitor(who) and heard.entry is not None:
            self._passed.append((who, microseconds(heard.entry.wall.at)))

    def poll(self) -> float:
        """Do what is due; returns when to do so again at the latest."""
        now = self._monotonic()
        if self._file is None and now < self._not_before:
            return self._not_before
        try:
            self._look(self.file())
        except StaffFileError as error:
            self._failed(error)
            return self._not_before
        return now + LOOK_EVERY

    def file(self) -> DeskFile:
        """The open file. Raises StaffFileError."""
        if self._file is None:
            opened = open_desk_file(self._path, self._gate.gate, self._storage)
            try:
                self._end_what_ended(opened)
            except StaffFileError:
                opened.close()
                raise
            self._file = opened
            self._problem = ""
            self.faults = self._file.faults()
        return self._file

    def add(self, guest: Guest) -> None:
        """Keep a visitor; their right holds from now on. Raises StaffFileError."""
        self.file().add(guest)
        self._publish()

    def end(self, visitor: str) -> None:
        """End a visitor's right, and forget their name. Raises StaffFileError."""
        self.file().forget(visitor)
        self._publish()

    def report(self, fault: ReportedFault) -> None:
        """Keep a fault; one that cannot be stored is shown all the same, until a restart."""
        self.faults = (fault, *self.faults)
        try:
            self.file().report(fault)
        except StaffFileError as error:
            self._failed(error)

    def settle(self, fault: int) -> None:
        """Forget a fault. Raises StaffFileError."""
        self.file().settle(fault)
        self.faults = tuple(each for each in self.faults if each.fault != fault)

    def salt(self) -> bytes:
        """The salt of the numbers given here. Raises StaffFileError."""
        return self.file().salt(self._gate.entropy(16))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    # --- inside ----------------------------------------------------------------------------

    def _end_what_ended(self, file: DeskFile) -> None:
        """Forget what the journal says has ended. Raises StaffFileError: nobody knows what holds until it was
        asked.
        """
        guests, faults = file.guests(), file.faults()
        began = [*(microseconds(guest.right.since) for guest in guests), *(fault.at for fault in faults)]
        if not began:
            return
        try:
            with closing(JournalReader(self._journal, self._storage)) as reader:
                ended = [
                    understood(entry) for entry in reader.of_kinds(_ENDS, since=min(began) - _CLOCK_SET_BACK)
                ]
        except JournalError as error:
            raise StaffFileError(
                f"cannot be compared with the journal: {error}",
                where=str(self._path),
                remedy="gatepost gate check; visitors registered at this gate come to the staff meanwhile",
            ) from None
        for event in ended:
            if isinstance(event, VisitorEnded):
                file.forget(event.visitor)
            elif isinstance(event, GateFaultSettled):
                file.settle(event.fault)

    def _look(self, file: DeskFile) -> None:
        while self._passed:
            visitor, at = self._passed.popleft()
            file.passed(visitor, at)
        wall = self._gate.clock.wall()
        if wall.trust is not ClockTrust.UNTRUSTED:
            over = {guest.digest: guest.right for guest in self.guests if guest.right.until <= wall.at}
            self._over |= over
            self._over = {
                digest: right for digest, right in self._over.items() if wall.at < right.until + _TOLD_FOR
            }
            file.forget_over(microseconds(wall.at))
        self._publish()

    def _publish(self) -> None:
        self.guests = self.file().guests()
        rights = {guest.digest: guest.right for guest in self.guests}
        numbers = any(guest.means is VisitorMeans.NUMBER for guest in self.guests)
        self._gate.rights.hold(self._over | rights, self.salt() if numbers else b"")

    def _failed(self, error: StaffFileError) -> None:
        """No right of this gate holds while nobody knows which do."""
        if self._problem != str(error):
            self._problem = str(error)
            self._log.error("desk_file_unusable", error=str(error))
        self.close()
        self.guests = ()
        self._gate.rights.hold({}, b"")
        self._not_before = self._monotonic() + TRY_AGAIN_AFTER
