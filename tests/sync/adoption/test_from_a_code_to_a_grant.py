"""The whole way, with real parts: a code, a computer, a door over HTTPS, a broker with the shipped files, a
centre; until somebody is let in, the centre knows it, and the computer is lost again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509

from edge.configuration import load_configuration as load_gate
from edge.decision import Outcome
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from sync.agent.agent import run_agent
from sync.agent.configuration import load_configuration as load_sync
from sync.ca.files import read_certificate
from sync.central.accesses.tables import access
from sync.central.adoption.core.progress import Progress
from sync.central.adoption.listing import gate_invitations
from sync.central.places.sight import EVERYWHERE
from sync.central.service import run_central
from sync.transport.clock import wall
from tests.command_line import called
from tests.sync.adoption.conftest import SITE, Office, opened_office
from tests.sync.broker.conftest import Broker, broker, site  # noqa: F401 - the real broker, by its files
from tests.waiting import PATIENT, soon


@pytest.fixture
def whole(broker: Broker, tmp_path: Path) -> Iterator[Office]:  # noqa: F811 - the fixture by its name
    ports = broker.ports[8883], broker.ports[8884]
    with opened_office(tmp_path, broker.site.folder, broker.site.authority, ports) as made:
        yield made


@contextmanager
def at_work(name: str, work: object, *arguments: object) -> Iterator[threading.Event]:
    """Runs something until the block ends."""
    stop = threading.Event()
    assert callable(work)
    thread = threading.Thread(target=work, args=(*arguments, stop), name=name)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENT)
        assert not thread.is_alive(), name


@contextmanager
def soon_there(file: Path) -> Iterator[None]:
    """Waits for a file before the block begins."""
    soon(file.exists, f"{file.name} arrives")
    yield


def progress(office: Office) -> Progress:
    with office.store.reading() as connection:
        (only,) = gate_invitations(connection, EVERYWHERE, wall())
    return only.progress


def accesses(office: Office) -> list[tuple[str, str]]:
    with office.store.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(access.c.device, access.c.outcome))]


def test_four_commands_from_a_package_to_a_gate_that_opens(
    whole: Office,
    tmp_path: Path,
) -> None:
    shown, config = tmp_path / "shown", tmp_path / "gate" / "gate.toml"
    shown.mkdir()
    called("pass", "issue", "li-na", "--out", shown / "li-na.png", cwd=whole.admin.folder)
    answers, at_centre = tmp_path / "answers.toml", ("--config", tmp_path / "centre" / "central.toml")
    answers.write_text(f'board = "simulated"\ncamera = "folder:{shown}"\nfaces = "none"\n')
    with at_work("central", run_central, whole.configuration):
        commands = [
            "apt-get install ./gatepost.deb"
        ]  # 1, on the gate's computer: the package is here already
        invite = ("central", "gate", "invite", f"{SITE}/main", "--json", *at_centre)  # 2, at the centre
        made = called(*invite)
        assert made.returncode == 0, made.stderr
        (line,) = [line for line in made.stdout.splitlines() if line.startswith("{")]  # central logs besides
        code = json.loads(line)["code"]
        assert progress(whole) is Progress.INVITED
        setup = (
            "setup",
            "--enrol",
            code,
            "--answers",
            answers,
            "--config",
            config,
        )  # 3, on the gate's computer
        done = called(*setup)
        assert config.is_file(), done.stdout + done.stderr
        commands += [" ".join(map(str, line)) for line in (invite, setup)]
        assert not (tmp_path / "gate" / "identity" / "adoption.json").exists()
        assert code.partition("@")[0] not in done.stdout + done.stderr
        soon(
            lambda: progress(whole) is Progress.ENROLLED, "central knows the device, without a second command"
        )

        opened: list[Outcome] = []

        def listen(heard: Heard) -> None:
            if isinstance(heard, AccessEvent):
                opened.append(heard.decision.outcome)

        def gate(stop: threading.Event) -> None:
            run_gate(load_gate(config), stop, listener=listen)

        sync = load_sync(config.with_name("sync.toml"))
        arrived = load_gate(config).registry.inbox
        # The camera shows the pass once: a gate that started before its registry came would refuse it.
        with at_work("sync", run_agent, sync), soon_there(arrived), at_work("gate", gate):
            soon(lambda: opened, "somebody is let in")
            assert opened[0] is Outcome.GRANT
            soon(lambda: progress(whole) is Progress.DECIDED, "the event arrives at the centre")
            check = called("gate", "check", "--config", config)  # 4
            commands.append("gate check")
            assert "bad " not in check.stdout, check.stdout
            assert len(commands) == 4
            assert accesses(whole)[0] == ("green-court.main", "grant")

            lost = ("central", "gate", "revoke", "green-court.main", *at_centre)
            here = (
                "--authority",
                whole.authority_folder,
                "--broker-list",
                whole.authority_folder / "devices.crl",
            )
            said = called(*lost, *here)
            assert "1 certificate revoked" in said.stdout, said.stdout + said.stderr
            assert "its connection was ended" in said.stdout
            certificate = read_certificate(config.parent / "identity" / "device.pem")
            listed = x509.load_pem_x509_crl((whole.authority_folder / "devices.crl").read_bytes())
            assert certificate.serial_number in {item.serial_number for item in listed}
