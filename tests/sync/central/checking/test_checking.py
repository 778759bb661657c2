"""`central check` with a real broker: a centre that works is good, and each fault has its name."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import GatepostError
from sync.ca.certificate_authority import init_certificate_authority
from sync.central.accounts.actor import command_line_actor
from sync.central.audit.audit import About, note
from sync.central.backup.last import MADE
from sync.central.checking.authority import check_authority_files, check_door, keeps_authority
from sync.central.checking.checking import check_central
from sync.central.checking.fleet import check_backup, check_deliveries, check_names
from sync.central.checking.units import MOSQUITTO, UNITS, check_units
from sync.central.configuration import (
    AdoptionSection,
    BackupSection,
    CentralConfiguration,
    CentralConsoleSection,
)
from sync.central.delivery.core.messages import OutgoingMessage, Recipient, Way
from sync.central.delivery.queue import enqueue, withdraw
from sync.central.delivery.tables import delivery
from sync.central.setup import init_central
from sync.central.store import open_store
from sync.central.tables import device, site
from sync.central.units import DAY, HOUR
from sync.transport.broker import Broker
from sync.transport.clock import wall
from tests.ports import free_port
from tests.sync.broker.conftest import SHIPPED
from tests.sync.services import Mosquitto

ALL_RUN = Path("/")
"""A folder that is there, as systemd's where it runs."""


@pytest.fixture
def centre(tmp_path: Path) -> CentralConfiguration:
    configuration, _ = init_central(tmp_path / "centre", None, "127.0.0.1", 1, plain=True)
    return configuration


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    lines = f"allow_anonymous true\nacl_file {SHIPPED / 'services.acl'}\n"
    running = Mosquitto(tmp_path, lines)
    running.start()
    try:
        yield running
    finally:
        running.kill()


def at(centre: CentralConfiguration, broker: Mosquitto, **changes: object) -> CentralConfiguration:
    there = Broker("127.0.0.1", broker.port, plain=True)
    console = CentralConsoleSection(port=broker.port)  # somebody listens there
    return msgspec.structs.replace(centre, broker=there, console=console, **changes)


def found(configuration: CentralConfiguration, *off: tuple[str, str]) -> list[CheckResult]:
    """What is found where each unit is as it is to be, but for (what systemctl is asked, the unit)."""

    def call(words: Sequence[str]) -> int:
        _, verb, _, unit = words
        return int((verb == "is-failed") is not ((verb, unit) in off))

    return list(check_central(configuration, call=call, systemd=ALL_RUN, authority=Path("/nowhere")))


def bad(results: list[CheckResult]) -> set[str]:
    for each in results:
        assert each.remedy or each.verdict is Verdict.GOOD, each
    return {each.what for each in results if each.verdict is Verdict.BAD}


def test_a_centre_that_works_has_nothing_bad(centre: CentralConfiguration, broker: Mosquitto) -> None:
    results = found(at(centre, broker))
    assert bad(results) == set()
    good = {each.what for each in results if each.verdict is Verdict.GOOD}
    assert {"key", "broker", "access list", "database", "console", "units", "gates", "messages"} <= good
    assert {"certificate", "registry", "backup"} <= {each.what for each in results} - good


def test_a_broker_that_lets_a_service_speak_for_a_gate_is_found(
    centre: CentralConfiguration, broker: Mosquitto
) -> None:
    broker.kill()
    broker.set("allow_anonymous true\n")
    broker.start()
    [result] = [each for each in found(at(centre, broker)) if each.what == "access list"]
    assert "publish as a device" in result.text
    assert result.verdict is Verdict.WARNING, "without TLS there is nobody to tell apart"


def test_each_fault_is_named(centre: CentralConfiguration, broker: Mosquitto, tmp_path: Path) -> None:
    centre.central.key.chmod(0o644)
    assert "key" in bad(found(at(centre, broker)))
    centre.central.key.chmod(0o600)
    nobody = msgspec.structs.replace(
        centre, console=CentralConsoleSection(port=1)
    )  # the usual one is anybody's
    assert {"broker", "access list", "console"} <= bad(found(nobody)), "nobody listens there"
    assert "units" in bad(found(at(centre, broker), ("is-active", "gatepost-central.service")))
    newer = tmp_path / "centre" / "central.sqlite"
    subprocess.run(["/bin/cp", newer, tmp_path / "newer.sqlite"], check=True)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/newer.sqlite")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    store = msgspec.structs.replace(centre.store, url=f"sqlite:///{tmp_path}/newer.sqlite")
    [result] = [each for each in found(at(centre, broker, store=store)) if each.what == "database"]
    assert result.verdict is Verdict.BAD
    assert "9999" in result.text
    assert "install the Gatepost that made it" in result.remedy


def test_each_unit_that_is_off_is_named_and_each_run_that_failed() -> None:
    def said(verb: str, unit: str, *, has_authority: bool = True) -> list[str]:
        def call(words: Sequence[str]) -> int:
            return int((words[1] == "is-failed") is not (words[1] == verb and words[3] == unit))

        results = check_units(call, ALL_RUN, has_authority=has_authority, has_broker=True)
        return [each.text for each in results if each.verdict is Verdict.BAD]

    assert said("", "") == []
    for unit in (*UNITS, MOSQUITTO):
        assert said("is-active", unit) == [f"{unit} does not run"]
        assert unit in said("is-enabled", unit)[0]
    for name in ("central-publish", "central-renew", "central-backup", "authority"):
        [text] = said("is-failed", f"gatepost-{name}.service")
        assert text == f"the last run of gatepost-{name}.service failed"
    assert said("is-active", "gatepost-authority.socket", has_authority=False) == [], (
        "it is another machine's"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give files away")
def test_an_authority_that_root_put_back_is_found(tmp_path: Path) -> None:
    init_certificate_authority(tmp_path / "authority", "x", lambda: dt.datetime.now(dt.UTC))
    folder = tmp_path / "authority"
    assert keeps_authority(folder)
    assert not keeps_authority(tmp_path / "none")
    results = list(check_authority_files(folder, "news"))
    assert {each.verdict for each in results} == {Verdict.BAD}
    assert f"{folder} belongs to root, and the authority runs as news" in results[0].text
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "news")
    assert [each.verdict for each in check_authority_files(folder, "news")] == [Verdict.GOOD]


def test_a_door_that_nobody_opens_is_found(centre: CentralConfiguration) -> None:
    at_door = msgspec.structs.replace(centre, adoption=AdoptionSection(f"127.0.0.1:{free_port()}"))
    with pytest.raises(GatepostError, match="cannot be reached"):
        list(check_door(at_door, is_here=True))
    assert list(check_door(msgspec.structs.replace(centre, adoption=None), is_here=True)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give files away")
def test_a_configuration_that_central_cannot_read_is_found(centre: CentralConfiguration) -> None:
    key = centre.central.key
    for path in (key.parent, *key.parent.iterdir()):
        shutil.chown(path, "games")
    file = key.with_name("central.toml")
    shutil.chown(file, "root")
    results = check_central(
        centre, file, call=lambda _: 0, systemd=Path("/nowhere"), authority=Path("/nowhere")
    )
    said = next(each for each in results if each.what == "owner" and str(file) in each.text)
    assert said.verdict is Verdict.BAD


def test_where_backups_go_is_looked_at(centre: CentralConfiguration, tmp_path: Path) -> None:
    def said(section: BackupSection | None) -> list[tuple[Verdict, str]]:
        held = msgspec.structs.replace(centre, backup=section)
        with closing(open_store(centre.store.url)) as store:
            return [(each.verdict, each.text) for each in check_backup(held, store, wall())]

    never = (Verdict.WARNING, "none was ever made")
    [by_hand, last] = said(None)
    assert (by_hand[0], last) == (Verdict.WARNING, never)
    assert "[backup]" in by_hand[1]
    gone = tmp_path / "unplugged"
    [(verdict, text), last] = said(BackupSection(gone, ("age1",)))
    assert (verdict, last) == (Verdict.BAD, never)
    assert str(gone) in text
    [(verdict, text), last] = said(BackupSection(tmp_path, ("age1",)))
    assert verdict is Verdict.WARNING
    assert "lost together" in text
    with closing(open_store(centre.store.url)) as store, store.writing() as connection:
        note(connection, command_line_actor("timer"), MADE, About("backup", "x"), wall() - int(1.5 * DAY))
    assert said(BackupSection(tmp_path, ("age1",)))[-1][0] is Verdict.GOOD
    [_, (verdict, text)] = said(BackupSection(tmp_path, ("age1",), warn_after_days=1))
    assert verdict is Verdict.WARNING
    assert "more than 1 day ago" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give files away")
def test_a_file_of_another_user_is_found(centre: CentralConfiguration, broker: Mosquitto) -> None:
    os.chown(centre.central.key.with_suffix(".pub"), 64_001, 64_001)
    [result] = [
        each for each in found(at(centre, broker)) if each.what == "owner" and each.verdict is Verdict.BAD
    ]
    assert "central.pub belongs to 64001" in result.text


def test_a_certificate_that_ends_or_is_the_wrong_one_is_found(
    centre: CentralConfiguration, broker: Mosquitto, tmp_path: Path
) -> None:
    def secured(days: int, name: str, hosts: tuple[str, ...] = ()) -> CentralConfiguration:
        moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        authority = init_certificate_authority(folder, "x", lambda: moment)
        certificate, key = authority.issue_service(name, hosts)
        there = Broker("127.0.0.1", broker.port, folder / "services-ca.pem", certificate, key)
        return msgspec.structs.replace(centre, broker=there)

    def said(configuration: CentralConfiguration) -> CheckResult:
        return next(each for each in found(configuration) if each.what == "certificate")

    assert said(secured(0, "central")).verdict is Verdict.GOOD
    assert "has expired" in said(secured(100, "central")).text
    assert "ends in 9 days" in said(secured(80, "central")).text
    assert "is no client's" in said(secured(0, "broker", ("127.0.0.1",))).text
    results = found(secured(0, "central"))
    assert any("speaks no TLS" in each.text for each in results if each.what == "broker")


def test_a_device_that_is_called_as_a_service_is_found(centre: CentralConfiguration) -> None:
    centre = msgspec.structs.replace(centre, central=msgspec.structs.replace(centre.central, id="north"))
    common = {"site": "green-court", "gate": "main", "message_key": bytes(32), "enrolled_at": 1}
    with closing(open_store(centre.store.url)) as store:
        with store.writing() as connection:
            connection.execute(sa.insert(site).values(id="green-court"))
            connection.execute(
                sa.insert(device),
                [{"id": name, **common} for name in ("central", "central-2", "north", "gp-0001")],
            )
        said = [one.text.split()[1] for one in check_names(centre, store, 1)]
        assert said == ["central", "central-2", "north"]
        with store.writing() as connection:
            connection.execute(sa.update(device).values(retired_at=DAY))
        assert list(check_names(centre, store, 2 * DAY)) == [], "Mosquitto reads who is revoked"
        amqp = Broker("b1.example.org", 5671, protocol="amqp")
        cluster = msgspec.structs.replace(centre, broker=amqp)
        until = [one.text.split(": ")[0] for one in check_names(cluster, store, 90 * DAY)]
        assert until[0] == "a certificate of central, which is retired, may be valid until 1970-04-02"
        assert len(until) == 3
        assert list(check_names(cluster, store, 91 * DAY)) == []


def test_messages_that_do_not_leave_are_found(centre: CentralConfiguration) -> None:
    store = open_store(centre.store.url)
    now = wall()
    with store.writing() as connection:
        enqueue(connection, OutgoingMessage(Recipient(Way.MAIL, "a@example.org"), "x", "y"), now - 2 * HOUR)
    [result] = check_deliveries(centre, store, now)
    assert result.verdict is Verdict.BAD
    assert "1 by mail" in result.text
    with store.writing() as connection:
        connection.execute(sa.delete(delivery))
        about = OutgoingMessage(Recipient(Way.MAIL, "liu@example.org"), "a", "x", about="offer 1")
        enqueue(connection, about, now)
        withdraw(connection, "offer 1", now)
    found = [each.verdict for each in check_deliveries(centre, store, now)]
    assert found == [Verdict.GOOD], "nobody misses what was withdrawn"
    store.close()
