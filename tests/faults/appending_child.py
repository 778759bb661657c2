"""Appends events to the journal named first, and prints each number once it is stored.

With a third argument, each event is acknowledged at once and pruned as soon as it may be.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.factory import open_journal
from edge.journal.format import Acknowledgement, CommandRefused

path, count = Path(sys.argv[1]), int(sys.argv[2])
wall = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)
with open_journal(path, "main") as journal:
    for number in range(count):
        try:
            entry = journal.append(CommandRefused("test", number), wall)
        except JournalError as error:
            os.write(1, f"refused {type(error).__name__}\n".encode())
        else:
            os.write(1, f"{entry.sequence} {entry.hash.hex()}\n".encode())
            if len(sys.argv) > 3:
                acknowledgement = Acknowledgement(entry.epoch, entry.sequence, entry.hash, 0)
                try:
                    journal.acknowledge(acknowledgement, b"as it was signed", wall)
                    journal.prune(keep=1)
                except JournalError as error:
                    os.write(1, f"refused {type(error).__name__}\n".encode())
