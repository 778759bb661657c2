"""Gate, sync process, broker and centre, all real: a probe, a command and an erasure go all the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from edge.admin.site_admin import REGISTRY_LIFETIME, SiteFile, init_site
from edge.boards.files import load_board
from edge.cli.main import command
from edge.commands.core import CommandKind
from edge.configuration import load_configuration
from edge.decision import Subject
from edge.devices.simulated import simulated_pins
from edge.gate import run_gate
from edge.lane.configuration import LaneDirection
from edge.runtime.machine import Machine
from edge.vision.reports import Blur, CameraReport, CameraState, Report
from sync.agent.agent import run_agent
from sync.agent.configuration import load_configuration as load_sync
from sync.central.accounts.actor import command_line_actor
from sync.central.commands.requests import CommandRequestState, commands_of, request_command
from sync.central.configuration import load_configuration as load_central
from sync.central.devices.core.gate_states import GateStateKind
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.places.sight import EVERYWHERE
from sync.central.reported.receipts import ReceiptState, erasure_receipts
from sync.central.service import run_central
from sync.central.store import Store, open_store
from sync.central.units import HOUR
from sync.cli.main import GROUPS
from sync.transport.clock import wall
from tests.sync.services import Mosquitto
from tests.waiting import PATIENT, soon

SITE, GATE = "green-court", "green-court.main"


class Seeing:
    """Vision that sees nobody, and works."""

    working = True

    def start(self, deliver: Callable[[Report], None]) -> None:
        deliver(CameraReport(CameraState.STREAMING, 0.0))

    def enrol(self) -> None:
        return

    def preview(self, _blur: Blur, /) -> None:
        return

    def stop(self) -> None:
        return


def run(*words: str | Path) -> None:
    with suppress(SystemExit):
        command(GROUPS)([str(word) for word in words])


@dataclass
class Street:
    """Where everything lies."""

    centre: Path
    gate: Path
    store: Store

    def publish(self) -> None:
        run("central", "registry", "publish", SITE, "--config", self.centre / "central.toml")


@contextmanager
def running(*targets: Callable[[threading.Event], object]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=target, args=(stop,), daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENT)
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def street(folder: Path, broker: Mosquitto) -> Iterator[Street]:
    """A site that a centre took over, its gate tied to a sync process; nothing runs yet.

    `folder` is short: the path of a socket has 107 bytes at most.
    """
    admin = init_site(folder / "office", SiteFile(SITE), {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    for name in ("li-na", "wu"):
        admin.store.add(Subject(name, groups=frozenset({"resident"})))
    admin.build(datetime.now(UTC), REGISTRY_LIFETIME)
    centre, place = folder / "centre", admin.folder / "gates" / "main"
    at = f"127.0.0.1:{broker.port}"
    run("central", "init", centre, "--plain", "--broker", at, "--take-over", admin.folder)
    tie = ("--plain", "--broker", at, "--central", centre / "central.pub", "--identity", place / "id")
    run("sync", "init", "--config", place / "gate.toml", *tie)
    create = ("central", "gate", "create", GATE, "--site", SITE, "--gate", "main")
    run(*create, "--key", place / "id" / "message.pub", "--config", centre / "central.toml")
    store = open_store(load_central(centre / "central.toml").store.url)
    with closing(store):
        yield Street(centre, place, store)


def test_a_probe_a_command_and_an_erasure_go_all_the_way(street: Street) -> None:
    configuration = load_configuration(street.gate / "gate.toml")
    configuration = msgspec.structs.replace(
        configuration, probe=msgspec.structs.replace(configuration.probe, every=0.5)
    )
    load_board(configuration.lane.board)
    machine = Machine(pins=simulated_pins(), vision=lambda _: Seeing())
    with running(
        lambda stop: run_central(load_central(street.centre / "central.toml"), stop),
        lambda stop: run_agent(load_sync(street.gate / "sync.toml"), stop),
        lambda stop: run_gate(configuration, stop, machine),
    ):

        def works() -> bool:
            with street.store.reading() as connection:
                probe = probe_of(connection).get(GATE)
                return probe is not None and probe.worked

        soon(works, "code, decision, journal, centre")
        with street.store.reading() as connection:
            assert gate_states(connection, wall())[GATE].kind is GateStateKind.WORKING

        actor = command_line_actor("Wang Fang")
        with street.store.writing() as connection:
            request_command(connection, actor, GATE, CommandKind.SEND_DIAGNOSTICS, "", "a look", wall())

        def answered() -> bool:
            with street.store.reading() as connection:
                [row] = commands_of(connection, EVERYWHERE, GATE)
            return row.state is CommandRequestState.ANSWERED and row.outcome == "done" and bool(row.facts)

        soon(answered, "the gate's own word")

        run("central", "subject", "remove", SITE, "li-na", "--config", street.centre / "central.toml")
        street.publish()

        def confirmed() -> bool:
            with street.store.reading() as connection:
                [found] = erasure_receipts(connection, SITE, "li-na", wall(), HOUR)
            return [gate.state for gate in found.gates] == [ReceiptState.CONFIRMED]

        soon(confirmed, "the gate has looked")
