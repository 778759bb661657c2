"""Looks at inboxes, each in a process of its own; a line of each says by how many kilobytes it grew by that,
and what was refused.
"""

import os
import resource
import sys
from datetime import datetime
from pathlib import Path

from edge.decision import ClockTrust, WallTime
from edge.registry.format import KeyRing
from edge.registry.gate_keys import GateKeys
from edge.registry.inbox import Inbox
from edge.registry.keys import read_anchor
from edge.registry.store import RegistryStore
from tests.edge.registry.repository import TEMPLATE_KEY


def look(folder: Path, site: str, at: datetime) -> str:
    anchor = read_anchor(folder / "root.pub")
    store = RegistryStore(folder / "held", site, anchor, GateKeys(KeyRing(TEMPLATE_KEY)))
    arrivals, wall = Inbox(store), WallTime(at, ClockTrust.TRUSTED)
    arrivals.poll(folder / "nothing" / "registry.bundle", wall)  # what the first look loads is not the file's
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = arrivals.poll(folder / "registry.bundle", wall)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    refused = [arrival.refused.refusal for arrival in found if arrival.refused is not None]
    return " ".join([str(grown), *refused])


def main(site: str, at: str, *folders: str) -> None:
    for folder in folders:
        child = os.fork()
        if not child:
            sys.stdout.write(look(Path(folder), site, datetime.fromisoformat(at)) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


main(*sys.argv[1:])
