"""A gate's journal being written: appends, and says each event's number and hash once it is stored.

With a folder of acknowledgements (a device's, with the file of central's public key) it prunes by them, as
the gate does. Its standard output is what was told; it is killed at any time.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from edge.decision import ClockTrust, WallTime
from edge.errors import JournalError
from edge.journal.feed.server import journal_server
from edge.journal.format import CommandRefused
from edge.journal.pruner import JournalPruner
from edge.journal.salvage import open_or_salvage
from edge.registry.keys import read_public_keys
from edge.signing.cose import keys_of

KEPT = 20
"""Events that stay; few, so that nearly everything that was acknowledged is pruned."""

path, rate = Path(sys.argv[1]), float(sys.argv[2])
wall = WallTime(datetime.now(UTC), ClockTrust.TRUSTED)
journal, _ = open_or_salvage(path, "main", wall)
pruner = None
if len(sys.argv) > 3:
    folder, device, central = Path(sys.argv[3]), sys.argv[4], keys_of(read_public_keys(Path(sys.argv[5])))
    pruner = JournalPruner(journal, folder, device, lambda: central, keep=KEPT)
journal_server(path, path.with_suffix(".sock")).start()
number = 0
while True:
    try:
        entry = journal.append(CommandRefused("test", number), wall)
    except JournalError as error:
        os.write(1, f"refused {error}\n".encode())
    else:
        os.write(1, f"{entry.epoch.hex()} {entry.sequence} {entry.hash.hex()}\n".encode())
    if pruner is not None:
        with suppress(JournalError):
            pruner.poll(time.monotonic(), wall)
    number += 1
    time.sleep(1 / rate)
