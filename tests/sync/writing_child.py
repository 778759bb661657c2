"""A gate's journal being written: appends, and says each event's number and hash once it is stored.

It prunes by the acknowledgements in a folder (a device's, with the file of central's public key), as the gate
does. Its standard output is what was told; it is killed at any time.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

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


def write(path: Path, rate: float, acknowledged: Path, device: str, central_pub: Path) -> NoReturn:
    """So many events a second, for ever."""
    wall = WallTime(datetime.now(UTC), ClockTrust.TRUSTED)
    journal, _ = open_or_salvage(path, "main", wall)
    central = keys_of(read_public_keys(central_pub))
    pruner = JournalPruner(journal, acknowledged, device, lambda: central, keep=KEPT)
    journal_server(path, path.with_suffix(".sock")).start()
    number = 0
    while True:
        try:
            entry = journal.append(CommandRefused("test", number), wall)
        except JournalError as error:
            os.write(1, f"refused {error}\n".encode())
        else:
            os.write(1, f"{entry.epoch.hex()} {entry.sequence} {entry.hash.hex()}\n".encode())
        with suppress(JournalError):
            pruner.poll(time.monotonic(), wall)
        number += 1
        time.sleep(1 / rate)
