"""Looks at one inbox, and prints by how many kilobytes the process grew by that, and what was refused."""

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

folder, site, at = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
store = RegistryStore(
    folder / "held", site, read_anchor(folder / "root.pub"), GateKeys(KeyRing(TEMPLATE_KEY))
)
arrivals, wall = Inbox(store), WallTime(at, ClockTrust.TRUSTED)
arrivals.poll(folder / "nothing" / "registry.bundle", wall)  # what the first look loads is not the file's
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = arrivals.poll(folder / "registry.bundle", wall)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
refused = [arrival.refused.refusal for arrival in found if arrival.refused is not None]
sys.stdout.write(" ".join([str(grown), *refused]))
