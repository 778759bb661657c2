"""What a TLS handshake with a device's certificate costs Mosquitto, by the shipped files, and its client.

.venv/bin/python tests/bench/bench_handshakes.py [--count 300]

In processor's milliseconds, which other work on the machine changes little: a core divided by the broker's is
how many gates a second come back at most.
"""

from __future__ import annotations

import argparse
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.simulation.own_centre import OwnCentre, start_centre
from sync.transport.broker import Broker
from sync.transport.mqtt import open_mqtt_link
from sync.transport.tls import tls_of
from tests.waiting import pause

DEVICE = "simulated-0"
_TICK = os.sysconf("SC_CLK_TCK")


def spent(pid: int) -> float:
    """Seconds of the processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def measured(name: str, pid: int, count: int, act: Callable[[], None]) -> None:
    before, own = spent(pid), time.process_time()
    for _ in range(count):
        act()
    pause(0.5)  # the broker closes the last ones
    broker, client = (1e3 * each / count for each in (spent(pid) - before, time.process_time() - own))
    print(f"{name}: broker {broker:.2f} ms ({1e3 / broker:.0f} a second of a core), client {client:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    with TemporaryDirectory() as name:
        running = start_centre(OwnCentre(Path(name) / "centre", secured=True))
        assert running.authority is not None
        assert running.mosquitto is not None
        key, certificate = Path(name) / "device.key", Path(name) / "device.pem"
        request = request_for(DEVICE, make_key(key))
        issued = running.authority.enrol(DEVICE, running.authority.new_code(DEVICE), request)
        certificate.write_bytes(issued.public_bytes(Encoding.PEM))
        broker = Broker("127.0.0.1", running.broker.port, running.broker.ca, certificate, key)
        context = tls_of(broker)
        assert context is not None

        def shakes_hands(by: Callable[[], ssl.SSLContext | None]) -> None:
            with socket.create_connection((broker.host, broker.port)) as opened:
                told = by()
                assert told is not None
                with told.wrap_socket(opened, server_hostname=broker.host):
                    pass

        def links() -> None:
            open_mqtt_link(broker, DEVICE, (f"dn/{DEVICE}/#",), lambda: None).disconnect(None)

        pid = running.mosquitto.pid
        measured("TLS, a context for all", pid, count, lambda: shakes_hands(lambda: context))
        measured("TLS, the files read each time", pid, count, lambda: shakes_hands(lambda: tls_of(broker)))
        measured("a gate's link: TLS, CONNECT", pid, count, links)
        running.close()


if __name__ == "__main__":
    main()
