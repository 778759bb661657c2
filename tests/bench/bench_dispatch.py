"""Seconds from what a gate tells until a worker is sent a mail: the loops as in service, a real mail server.

.venv/bin/python -m tests.bench.bench_dispatch [EXITS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

from edge.decision import Alarm, Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import AccessDecided
from edge.signing.cose import instant
from sync.central.alarms.loop import AlarmLoop
from sync.central.configuration import MailSection
from sync.central.delivery.core.messages import Way
from sync.central.delivery.loop import DeliveryLoop
from sync.central.delivery.ways.mail import mail_sender
from sync.central.demo.filling import listening, put_street
from sync.central.demo.gates import DemoGate
from sync.central.demo.street import street_of
from sync.central.dispatch.core.clocks import Bounds
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.loop import DispatchLoop
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.people.subjects import put_subject
from sync.central.places.tree import place_at
from sync.central.sending import AlarmsOfSending, kind_in
from sync.central.store import Store, migrate_store, open_store
from sync.central.task_senders import TaskSenders
from sync.central.waking import Waker
from sync.transport.clock import wall
from tests.sync.central.delivery.servers import MailBox, mail_server

HERE = ZoneInfo("Asia/Shanghai")
_GAP = 0.7
"""Seconds between two exits, about: they fall anywhere between two rounds of a loop."""


class Timed(MailBox):
    """A mail box that knows when each mail came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[float] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        self.came.append(time.monotonic())
        return await super().handle_DATA(server, session, envelope)


def exit_of(person: str) -> AccessDecided:
    alarms = (Alarm(Reason.HOME_ISOLATION, "isolation_exit"),)
    decision = Decision(Outcome.DENY, Reason.HOME_ISOLATION, "isolation_exit", person, alarms=alarms)
    return AccessDecided(decision, Evidence(Direction.EXIT), Mode.FACE, 1, "camera")


def measure(store: Store, port: int, box: Timed, exits: int) -> list[float]:
    """Seconds of each exit, in order."""
    now = instant(wall())
    [site] = street_of(1, exits, now)
    with store.writing() as connection:
        put_street(connection, [site], now)
        for number in range(exits):
            put_subject(connection, site.file.id, Subject(f"bench-{number}"), wall())
        for number in range(exits):
            place = place_at(connection, site.file.id)
            always = Roster((DutyShift(frozenset(range(7)), 0, 0),))
            mail = f"w{number}@example.org"
            held = Worker(0, place, str(number), f"w{number}", "zh", mail, "", None, None, always)
            put_worker(connection, held, "bench", wall())
    gate = DemoGate(site.device(site.gates[0]), site.gates[0])
    told, bounds, stop = AlarmsOfSending(), Bounds(), Event()
    notices = Notices("https://c.example", HERE, frozenset({Way.PAGE, Way.MAIL}), bounds, kind_in)
    section = MailSection("127.0.0.1", "g@c.example", port, security="plain")
    to_dispatch, to_send = Waker(), Waker()
    alarms = AlarmLoop(store, wall, senders=TaskSenders(), changed=to_dispatch.notice)
    loops = (
        alarms,
        DispatchLoop(store, bounds, HERE, notices, told, wall, to_dispatch, to_send.notice),
        DeliveryLoop(store, Way.MAIL, mail_sender(section), wall, Random(1), told, waker=to_send),
    )
    threads = [Thread(target=loop.run, args=(stop,)) for loop in loops]
    for thread in threads:
        thread.start()
    ingester, random, began = listening(store, wall), Random(2), []
    for number in range(exits):
        time.sleep(_GAP * (0.5 + random.random()))
        began.append(time.monotonic())
        at = instant(wall()) - timedelta(milliseconds=1)
        written = gate.write([(at, exit_of(f"bench-{number}"))])
        list(ingester.handle([*gate.sent(written)], 0.0))
        alarms.notice()
    while len(box.came) < exits:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    return [came - begun for begun, came in zip(began, box.came, strict=True)]


def main() -> None:
    exits = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/central.sqlite"
        migrate_store(url)
        box = Timed()
        with closing(open_store(url)) as store, mail_server(box, None) as port:
            took = measure(store, port, box, exits)
    cuts = quantiles(took, n=20)
    print(f"{exits} exits: half {median(took):.2f} s, p95 {cuts[-1]:.2f} s, worst {max(took):.2f} s")


if __name__ == "__main__":
    main()
