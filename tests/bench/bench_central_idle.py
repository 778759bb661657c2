"""What gates that are connected, and let nobody through, cost central: messages a second, CPU a gate-hour.

.venv/bin/python tests/bench/bench_central_idle.py [--gates 100] [--hours 1]

Central is real; the network and the time are played. Each gate sends what an idle one sends (a report a
minute; a hello and a question for the time every five minutes), each message in a poll of its own. The CPU
is that of central's process: a PostgreSQL server has its own. SQLite's file lies in memory.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from edge.admin.site_admin import SiteFile
from edge.signing.cose import Stamp
from edge.signing.key_files import make_private_key
from sync.central.configuration import CentralConfiguration, CentralSection, StoreSection
from sync.central.devices.devices import enrol_device, put_site
from sync.central.service import Central
from sync.central.store import migrate_store, open_store
from sync.transport.broker import Broker
from sync.transport.connection import Host
from sync.transport.core import InboundMessage, LinkState, Rejected
from sync.wire import (
    SCHEMA,
    SPEAKS,
    ClockQuestion,
    DeviceState,
    Health,
    Held,
    Hello,
    SealedMessage,
    seal_message,
)
from tests.sync.services import postgresql

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = 1_772_496_000_000_000
HELD = Held(7, 1, 0, fingerprint=bytes(32))
REPORT_EVERY, HELLO_EVERY, QUESTION_EVERY = 60.0, 300.0, 300.0
_Due = tuple[float, InboundMessage]


class PlayedLink:
    """A link that is ready, and on which what is put into `inbox` has arrived."""

    state, ended = LinkState.READY, None

    def __init__(self) -> None:
        self.inbox: list[InboundMessage] = []
        self.sent = 0

    def poll(self, wait: float) -> None:
        pass

    def fetch_arrived(self) -> list[InboundMessage]:
        arrived, self.inbox = self.inbox, []
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        return []

    def publish(self, out: SealedMessage) -> bool:  # noqa: ARG002
        self.sent += 1
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        pass

    def abandon(self) -> None:
        pass


def said(device: str, hours: float, rng: random.Random) -> Iterator[_Due]:
    """What one idle gate says, with its times in seconds."""
    begin = rng.uniform(0, 60)
    counter = 0

    def sealed(message: Health | Hello | ClockQuestion) -> InboundMessage:
        out = seal_message(message, device, KEY)
        return InboundMessage(out.topic, out.data, retained=False)

    at = begin
    while at < hours * 3600 + begin:
        counter += 1
        stamp, nonce = Stamp(AT, counter), rng.randbytes(16)
        minute = counter - 1
        if minute % (HELLO_EVERY / REPORT_EVERY) == 0:
            yield at, sealed(Hello(nonce, stamp, SPEAKS, SCHEMA, "bench", AT, HELD))
            yield at + 1, sealed(ClockQuestion(nonce))
        state = Health(DeviceState.ONLINE, AT, stamp, "bench", AT, bytes(16), 9, 9, 0, HELD)
        yield at + 2, sealed(state)
        at += REPORT_EVERY


@contextmanager
def centre(
    url: str, folder: Path, gates: int
) -> Iterator[tuple[Central, PlayedLink, Callable[[float], None]]]:
    """A centre with so many gates on a link, and what sets its clock."""
    make_private_key(folder / "central.key")
    migrate_store(url)
    store = open_store(url)
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        for number in range(gates):
            public = KEY.public_key().public_bytes_raw()
            enrol_device(connection, f"gate-{number:04}", ("green-court", f"g{number}"), public, 1)
    store.close()
    now, link = [0.0], PlayedLink()

    def set_clock(to: float) -> None:
        now[0] = to

    configuration = CentralConfiguration(
        StoreSection(url), CentralSection(folder / "central.key"), Broker("127.0.0.1", plain=True)
    )
    host = Host(lambda: now[0], set_clock, random.Random(1).random, lambda *_: link)
    central = Central(configuration, host=host)
    for _ in range(3):
        central.poll(0.0)
    try:
        yield central, link, set_clock
    finally:
        central.close()


def measured(url: str, folder: Path, gates: int, hours: float) -> tuple[float, float]:
    """Messages a second, and milliseconds of CPU for a gate-hour."""
    rng = random.Random(1)
    due = sorted(
        (item for n in range(gates) for item in said(f"gate-{n:04}", hours, rng)), key=lambda item: item[0]
    )
    with centre(url, folder, gates) as (central, link, set_clock):
        begun, cpu = time.perf_counter(), time.process_time()
        for at, message in due:
            set_clock(at)
            link.inbox.append(message)
            central.poll(0.0)
        took, spent = time.perf_counter() - begun, time.process_time() - cpu
        assert link.sent, "nothing was answered"
    return len(due) / took, spent * 1000 / gates / hours


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gates", type=int, nargs="+", default=[2, 100])
    parser.add_argument("--hours", type=float, default=1.0)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    table = Table(
        "store", "gates", "messages a second", "ms of CPU a gate-hour", title="idle gates at central"
    )
    for gates in options.gates:
        with TemporaryDirectory(dir="/dev/shm") as name:
            figures = measured(f"sqlite:///{name}/central.sqlite", Path(name), gates, options.hours)
            table.add_row("SQLite", str(gates), *(f"{figure:,.1f}" for figure in figures))
        with TemporaryDirectory() as name, postgresql() as url:
            figures = measured(url, Path(name), gates, options.hours)
            table.add_row("PostgreSQL", str(gates), *(f"{figure:,.1f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
