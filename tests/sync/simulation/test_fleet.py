"""Simulated gates at a real Mosquitto and a real centre: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.central.journals.findings import FindingKind
from sync.central.journals.stored import stored_of
from sync.central.store import open_store
from sync.simulation.core import Curve, Fault, FleetTally
from sync.simulation.making import PREFIX, make_fleet
from sync.simulation.running import play
from sync.simulation.share import Share
from sync.simulation.task import Load, ProcessTask
from sync.transport.broker import Broker
from sync.transport.many import ManyLinks
from tests.examples import LONG
from tests.sync.services import Mosquitto
from tests.sync.world import World
from tests.waiting import soon

GATES = 50 if LONG else 8


def load(gates: int, **faults: float) -> Load:
    return Load(
        seconds=600.0,  # the test ends it
        rate=60.0,
        curve=Curve.MARKET,
        speed=20.0,
        from_hour=9.0,
        linger=0.2,
        faults={Fault(name.replace("_", "-")): share for name, share in faults.items()},
        month_events=300,
        seed=1,
        run=1,
        gates=gates,
    )


def task_of(world: World, wanted: Load) -> ProcessTask:
    with closing(open_store(world.url)) as store:
        gates = make_fleet(store, world.folder / "fleet", wanted.gates, None, print)
    broker = Broker("127.0.0.1", world.port, plain=True, keepalive=5, longest_pause=1.0)
    return ProcessTask(gates, broker, world.folder / "central.pub", world.folder / "task", wanted, 60.0)


@contextmanager
def share_of(world: World, wanted: Load) -> Iterator[Share]:
    """The gates of `wanted` at the centre of `world`, linked and with people before them."""
    with closing(ManyLinks()) as links:
        share = Share(task_of(world, wanted), links)
        share.link_up(time.monotonic())
        until(share, lambda tally: tally.linked == wanted.gates)
        share.run(time.monotonic())
        try:
            yield share
        finally:
            share.close()


@contextmanager
def share_of_ended(world: World, wanted: Load) -> Iterator[Share]:
    """The same, at a centre that ended as soon as they were linked."""
    with ExitStack() as stack:
        with world.central():
            share = stack.enter_context(share_of(world, wanted))
        yield share


def until(share: Share, done: Callable[[FleetTally], bool]) -> FleetTally:
    soon(lambda: done(share.counted(of_each=False)), meanwhile=share.poll)
    return share.counted(of_each=True)


def stored(world: World) -> dict[str, int]:
    with closing(open_store(world.url)) as store, store.reading() as connection:
        return stored_of(connection, PREFIX)


@pytest.mark.longer
def test_gates_lose_and_double_nothing_while_the_broker_is_away(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    try:
        with world.central(), share_of(world, load(GATES, duplicates=0.2, slow_link=0.1)) as share:
            until(share, lambda tally: tally.confirmed > 60)
            broker.kill()
            until(share, lambda tally: tally.linked == 0)
            written = share.tally.written
            until(share, lambda tally: tally.written > written + 60)
            broker.start()
            until(share, lambda tally: tally.linked == GATES)
            share.rest()
            found = until(share, lambda tally: tally.waiting == 0)
    finally:
        broker.kill()
    assert found.written == found.confirmed > 120
    assert found.to_ack.count == found.written, "each event has its delay"
    some = {device: written for device, (written, _) in found.written_of.items() if written}
    assert stored(world) == some, "a gate at which nobody came has stored nothing"
    assert world.findings() == []


def test_who_is_away_after_the_load_is_waited_for(tmp_path: Path) -> None:
    """The broker comes back after the load, in which nobody came: no event waits, and each gate is away."""
    broker = Mosquitto(tmp_path)
    broker.start()
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    wanted = replace(load(2, outage=1.0), seconds=4.0, rate=0.0)
    later = threading.Timer(3.0, broker.start)

    def kill(*_: object) -> None:
        """Before the gates are cut off, which none of them may come back from."""
        if not later.is_alive():
            broker.kill()

    def away(gone: bool) -> None:
        None if gone else later.start()

    try:
        with world.central():
            task = task_of(world, wanted)
            found = play([task], None, threading.Event(), kill, every=0.01, drain=600.0, broker_away=away)
    finally:
        later.cancel()
        later.join()
        broker.kill()
    assert (found.written, found.away) == (0, {})
    assert found.back_all is not None


def test_who_is_away_is_named(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    try:
        with world.central(), share_of(world, replace(load(2, outage=1.0), seconds=1.0)) as share:
            broker.kill()
            found = until(share, lambda tally: tally.linked == 0 and tally.losses == 2)
            share.rest()
            assert found.away.keys() == {"simulated-00000", "simulated-00001"}
            assert all(found.away.values())
            broker.start()
            until(share, lambda _: not share.counted(of_each=True).away)
    finally:
        broker.kill()


def test_a_stall_that_lasts_is_counted(tmp_path: Path, broker: Mosquitto) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    with share_of_ended(world, load(2)) as share:
        found = until(share, lambda tally: tally.waiting > 0 and bool(tally.stalls))
    [(_, length)] = found.stalls
    assert length >= 1.0


def test_a_month_comes_up_and_a_fork_is_found(tmp_path: Path, broker: Mosquitto) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    wanted = load(3, month=0.0001, fork=0.0001, clock=1.0)
    with world.central(), share_of(world, wanted) as share:
        forked = next(gate for gate in share.gates if gate.fate.fork_at is not None)
        until(share, lambda tally: tally.confirmed >= 300 and forked.journal.confirmed > 8)
        epoch = forked.journal.epoch
        forked.fork(time.monotonic())
        until(share, lambda _: forked.journal.epoch != epoch)
        share.rest()
        found = until(share, lambda tally: tally.waiting == 0)
    assert found.backlog == 300
    assert found.written == found.confirmed + found.forfeited
    assert sum(stored(world).values()) >= found.confirmed, "what central has acknowledged, it has"
    assert {finding.kind for finding in world.findings()} <= {FindingKind.FORKED, FindingKind.BROKEN}
