"""A gate's journal being written: appends, and says each event's number and hash once it is stored.

With a folder of acknowledgements it prunes by them, as the gate does. Its standard output is what was told;
it is killed at any time.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from edge.decision.situation import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.salvage import open_or_salvage

path, rate = Path(sys.argv[1]), float(sys.argv[2])
wall = WallTime(datetime.now(UTC), ClockTrust.TRUSTED)
journal, _ = open_or_salvage(path, "main", wall)
number = 0
while True:
    try:
        entry = journal.append("passage_decided", {"outcome": "grant", "n": number}, wall)
    except JournalError as error:
        os.write(1, f"refused {error}\n".encode())
    else:
        os.write(1, f"{entry.epoch.hex()} {entry.sequence} {entry.hash.hex()}\n".encode())
    number += 1
    time.sleep(1 / rate)
