"""Plays the demo: a centre in a folder, its street's last day, and a street that goes on living."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import msgspec

from edge.signing.cose import instant, microseconds
from edge.support.counted import counted
from edge.web.server import listening as listening_at
from sync.central.accounts.accounts import create_account
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core import Role, RoleGrant
from sync.central.accounts.links import one_time_link
from sync.central.alarms.loop import AlarmLoop
from sync.central.configuration import CentralConfiguration, CentralConsoleSection, DispatchSection
from sync.central.demo.affairs import put_affairs
from sync.central.demo.alarms import put_alarms
from sync.central.demo.centre import make_centre, policy_at, publish_all
from sync.central.demo.crowds import put_in_order, put_limits
from sync.central.demo.duty import put_tasks
from sync.central.demo.filling import (
    Filled,
    hear,
    listening,
    live_a_day,
    put_street,
    report_health,
    tomorrow_of,
)
from sync.central.demo.reports import put_reports, report_loop_of
from sync.central.demo.street import StreetSite, street_of
from sync.central.demo.troubles import troubles_of
from sync.central.flow.watching import FlowLoop
from sync.central.isolation.loop import HomeVisitLoop
from sync.central.processes.leasing import Loop
from sync.central.running import RunPart, run_centre
from sync.central.sending import sending_loops
from sync.central.store import Store, StoreError, open_store
from sync.central.task_senders import TaskSenders
from sync.central.waking import Waker
from sync.central.web.server import address_of
from sync.transport.clock import wall

Street = tuple[StreetSite, ...]
PEOPLE, ACCESSES = 40, 240
"""At each site, about."""
_CHOOSE_MINUTES = 60
"""Long enough to look round the page, and to send somebody by hand."""
_HEALTH_EVERY = timedelta(seconds=30)


def play_centre(
    folder: Path,
    sites: int,
    port: int,
    stop: Event,
    say: Callable[[str], None],
    accesses: int = ACCESSES,
) -> None:
    """Make the demo's centre in `folder` and serve it at `port` until `stop`. Raises GatepostError."""
    # First: nobody wants to wait for a street and then hear that the port is taken.
    listening_at(address_of(CentralConsoleSection(port=port))).close()
    now = instant(wall())
    street = street_of(sites, PEOPLE, now)
    say(f"a street of {len(street)} sites: keys, people, rules, and a day at the gates …")
    configuration = make_centre(folder, street, now - timedelta(days=2))
    console = msgspec.structs.replace(configuration.console, port=port)
    dispatch = DispatchSection(choose_minutes=_CHOOSE_MINUTES)
    configuration = msgspec.structs.replace(configuration, console=console, dispatch=dispatch)
    with closing(open_store(configuration.store.url)) as store:
        filled, link = _fill(store, configuration, street, now, accesses)
        say(f"{counted(filled.events, 'event')} of {counted(len(filled.gates), 'gate')} are stored")

        def served(address: str) -> None:
            say(f"the console: {address}")
            say(f"sign in once, within 15 minutes: {address}{link}")
            say("^C stops it")

        living = Thread(target=_live_on, args=(store, configuration, street, filled, now, stop), daemon=True)
        living.start()
        loops = [
            Thread(target=each.run, args=(stop,), name=name) for name, each in _loops(store, configuration)
        ]
        for loop in loops:
            loop.start()
        try:
            run_centre(configuration, stop, [RunPart.CONSOLE, RunPart.API], served_at=served)
        finally:
            stop.set()
            living.join()
            for loop in loops:
                loop.join()


def _loops(store: Store, configuration: CentralConfiguration) -> Iterator[tuple[str, Loop]]:
    """What a centre does by itself, by name: what the demo's pages say of it is so."""
    yield "reports", report_loop_of(store, configuration, wall)
    sending = Waker()
    yield "alarms", AlarmLoop(store, wall, senders=TaskSenders(), changed=sending.notice)
    yield "flow", FlowLoop(store, wall)
    yield "home-visits", HomeVisitLoop(store, wall)
    yield from sending_loops(configuration, store, wall, sending)


def _fill(
    store: Store,
    configuration: CentralConfiguration,
    street: Street,
    now: datetime,
    accesses: int,
) -> tuple[Filled, str]:
    """The street with its last day, and the link by which its administrator signs in."""
    section = configuration.registry
    assert section is not None  # noqa: S101 - make_centre has just written it
    begin = now - timedelta(days=1)
    with store.writing() as connection:
        put_street(connection, street, begin - timedelta(hours=1))
    held = publish_all(store, section, street, begin - timedelta(minutes=30))
    troubles = troubles_of(street, now)
    filled = live_a_day(
        store,
        street,
        lambda site: policy_at(section, site),
        now,
        accesses,
        held,
        probed=True,
        troubles=troubles,
    )
    with store.writing() as connection:
        put_in_order(connection, street)
        put_limits(connection, street, microseconds(now))
    FlowLoop(store, lambda: microseconds(now)).look()
    HomeVisitLoop(store, lambda: microseconds(now)).look()
    with store.writing() as connection:
        boss = command_line_actor("gatepost central demo")
        grants = [RoleGrant(Role.ADMINISTRATOR)]
        number = create_account(connection, boss, "demo", "何静", grants, microseconds(now))
        if troubles.whole:
            put_affairs(connection, boss, street, microseconds(now), configuration.changes)
            put_tasks(connection, street, microseconds(now))
            put_reports(connection, boss, configuration, microseconds(now))
        link = one_time_link(connection, number, wall())
    if troubles.whole:
        put_alarms(store, command_line_actor("何静"), microseconds(now))
    return filled, link


def _live_on(
    store: Store,
    configuration: CentralConfiguration,
    street: Street,
    filled: Filled,
    now: datetime,
    stop: Event,
) -> None:
    """Have the next day happen when it is time for it, and each gate say that it is there."""
    section = configuration.registry
    assert section is not None  # noqa: S101 - as above
    told, ingester = now, listening(store, wall)
    for item in tomorrow_of(
        street,
        lambda site: policy_at(section, site),
        now,
        ACCESSES,
        filled.held.registry,
        filled.troubles,
    ):
        while (rest := (item.at - instant(wall())).total_seconds()) > 0:
            if stop.wait(min(rest, 5)):
                return
            if instant(wall()) - told >= _HEALTH_EVERY:
                told = instant(wall())
                report_health(store, filled, told)
        try:
            hear(ingester, filled, [item])
        except StoreError:
            return  # the console says so itself
