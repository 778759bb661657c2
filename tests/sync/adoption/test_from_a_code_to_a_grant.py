"""The whole way, with real parts: a code, a computer, a door over HTTPS, a broker with the shipped files, a
centre; until somebody is let in, the centre knows it, and the computer is lost again.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from cryptography import x509
from playwright.sync_api import expect

from edge.configuration import load_configuration as load_gate
from edge.decision import Outcome
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from sync.agent.agent import run_agent
from sync.agent.configuration import load_configuration as load_sync
from sync.ca.files import read_certificate
from sync.central.accesses.tables import access
from sync.central.accounts.accounts import create_account
from sync.central.accounts.actor import SYSTEM
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.core.sessions import SignInWay
from sync.central.accounts.sessions import Visitor, begin_session
from sync.central.adoption.core.progress import InvitationStep
from sync.central.adoption.listing import gate_invitations
from sync.central.places.sight import EVERYWHERE
from sync.central.running import EVERY_PART, run_centre
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


def progress(office: Office) -> InvitationStep:
    """How far the newest invitation is."""
    with office.store.reading() as connection:
        newest, *_ = gate_invitations(connection, EVERYWHERE, wall())
    return newest.progress


def accesses(office: Office) -> list[tuple[str, str]]:
    with office.store.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(access.c.device, access.c.outcome))]


def answers_for(folder: Path, office: Office) -> Path:
    """The answers of a setup whose camera sees somebody with a pass."""
    shown, answers = folder / "shown", folder / "answers.toml"
    shown.mkdir()
    called("pass", "issue", "li-na", "--out", shown / "li-na.png", cwd=office.admin.folder)
    answers.write_text(f'board = "simulated"\ncamera = "folder:{shown}"\nfaces = "none"\n')
    return answers


@contextmanager
def gate_at_work(config: Path) -> Iterator[list[Outcome]]:
    """Runs a gate and its sync; what it decided goes into the list."""
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
        yield opened


@contextmanager
def page_of_the_chief(office: Office, address: str, browser: Any) -> Iterator[Any]:
    """A page of the console at `address`, of somebody who has signed in."""
    with office.store.writing() as connection:
        chief = create_account(connection, SYSTEM, "chief", "王芳", [RoleGrant(Role.ADMINISTRATOR)], wall())
        secret = begin_session(connection, chief, SignInWay.PASSKEY, Visitor("a test", "127.0.0.1"), wall())
    with closing(browser.new_context(locale="en", base_url=address, user_agent="a test")) as context:
        context.add_cookies([{"name": "gatepost", "value": secret, "url": address}])
        page = context.new_page()
        yield page


def test_four_commands_from_a_package_to_a_gate_that_opens(
    whole: Office, tmp_path: Path, browser: Any
) -> None:
    """A second code of the gate, made at the console, ends the first. What it took is logged: `-rP`."""
    config, answers = tmp_path / "gate" / "gate.toml", answers_for(tmp_path, whole)
    at_centre, addresses = ("--config", tmp_path / "centre" / "central.toml"), Queue[str]()
    console = msgspec.structs.replace(whole.configuration.console, port=0)
    configuration = msgspec.structs.replace(whole.configuration, console=console)

    def centre(stop: threading.Event) -> None:
        run_centre(configuration, stop, EVERY_PART, served_at=addresses.put)

    # 1, at the gate's computer, is apt-get install ./gatepost.deb: the package is here already.
    with (
        at_work("centre", centre),
        page_of_the_chief(whole, addresses.get(timeout=PATIENT), browser) as page,
    ):
        made = called("central", "gate", "invite", f"{SITE}/main", "--json", *at_centre)  # 2, at the centre
        assert made.returncode == 0, made.stderr
        (line,) = [line for line in made.stdout.splitlines() if line.startswith("{")]  # central logs besides
        assert progress(whole) is InvitationStep.INVITED

        page.goto(f"/gate-invitations?site={SITE}", wait_until="load")  # or by the page
        page.get_by_label("Gate", exact=True).select_option("main")
        page.get_by_role("button", name="Make the code").last.click()
        setup = page.locator("#command").inner_text().split()
        code, steps = setup[-1], page.locator("#progress")
        assert code.partition("@")[2] == json.loads(line)["code"].partition("@")[2]
        refused = called(*setup[1:-1], json.loads(line)["code"], "--answers", answers, "--config", config)
        assert refused.returncode, "the first code has ended"
        done = called(*setup[1:], "--answers", answers, "--config", config)  # 3, at the gate's computer
        assert config.is_file(), done.stdout + done.stderr
        assert not (tmp_path / "gate" / "identity" / "adoption.json").exists()
        assert code.partition("@")[0] not in done.stdout + done.stderr
        expect(steps.locator("[aria-current=step]")).to_contain_text("First word", timeout=PATIENT * 1000)

        with gate_at_work(config) as opened:
            soon(lambda: opened, "somebody is let in")
            assert opened[0] is Outcome.GRANT
            expect(steps.get_by_role("heading")).to_contain_text("In service", timeout=PATIENT * 1000)
            logging.getLogger(__name__).info(steps.locator("p", has_text="From the invitation").inner_text())
            check = called("gate", "check", "--config", config)  # 4
            assert "bad " not in check.stdout, check.stdout
            assert accesses(whole)[0] == ("green-court.main", "grant")

            lost = ("central", "gate", "revoke", "green-court.main", *at_centre)
            listed_in = whole.authority_folder / "devices.crl"
            said = called(*lost, "--authority", whole.authority_folder, "--broker-list", listed_in)
            # The door is asked to revoke too, and the centre hears the gate meanwhile: each may be first.
            by_whom = ("1 certificate revoked", "it has no certificate left that counts")
            assert any(done in said.stdout for done in by_whom), said.stdout + said.stderr
            assert "its connection was ended" in said.stdout or "it is not connected" in said.stdout
            certificate = read_certificate(config.parent / "identity" / "device.pem")
            listed = x509.load_pem_x509_crl(listed_in.read_bytes())
            assert certificate.serial_number in {item.serial_number for item in listed}
            page.get_by_role("link", name="To the gate").click()
            expect(page.locator("#computer")).to_contain_text("its connection is ended")
