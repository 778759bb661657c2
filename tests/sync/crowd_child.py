"""Many gates' connections in one process: says each name when it is in (`+`), and when it is not (`-`)."""

from __future__ import annotations

import logging
import os
import random
import sys
import time

import structlog

from sync.transport.broker import Broker
from sync.transport.connection import Connection, LinkState

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
port, longest, names = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
broker = Broker("127.0.0.1", port, plain=True, keepalive=30, longest_pause=longest)
chances = random.Random(names[0])
links = {name: Connection(broker, name, (f"dn/{name}/#",), chances.random) for name in names}
inside: set[str] = set()
while True:
    for name, link in links.items():
        link.poll(0.0)
        ready = link.state is LinkState.READY
        if ready != (name in inside):
            inside ^= {name}
            os.write(1, f"{'+' if ready else '-'} {name} {time.monotonic()}\n".encode())
    time.sleep(0.002)
