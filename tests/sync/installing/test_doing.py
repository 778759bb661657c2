"""One command for a centre: done as root below another root, with a real PostgreSQL and a real Mosquitto."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from edge.admin.site_admin import SiteFile, init_site
from edge.errors import ConfigurationError, GatepostError
from edge.lane.configuration import LaneDirection
from sync.ca.files import read_certificate
from sync.ca.renewing import hosts_of
from sync.ca.site_secrets import site_secrets
from sync.central.checking.units import MOSQUITTO
from sync.central.configuration import load_configuration
from sync.central.site_import import refuse_other_key
from sync.installing.database import Database, database_of, password_line
from sync.installing.doing import Doing, called
from sync.installing.owning import StepDone, StepState
from sync.installing.places import CentrePlaces
from sync.installing.plan import InstallingAct, Step, plan_of
from sync.installing.wishes import Wishes
from sync.transport.broker import Broker
from sync.transport.client import BrokerError, client_of, connected
from sync.transport.core import LinkCause
from sync.transport.once import publish_once
from sync.wire import SealedMessage
from tests.ports import free_port
from tests.sync.services import is_open, postgresql_server
from tests.waiting import PATIENT, soon

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root makes a centre")
CENTRAL, AUTHORITY = "games", "news"
"""Users that every Debian has; a test makes none."""


@pytest.fixture
def places() -> Iterator[CentrePlaces]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield CentrePlaces(Path(name), CENTRAL, AUTHORITY, "mosquitto" if has_mosquitto() else "news")


def has_mosquitto() -> bool:
    return shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is not None


def wishes(places: CentrePlaces, database: Database | None = None) -> Wishes:
    return Wishes(("127.0.0.1",), database or database_of(None, places.seen(places.state), None))


def done(places: CentrePlaces, asked: Wishes, steps: Sequence[Step] | None = None) -> list[StepDone]:
    return list(Doing(places, asked.database, starts=False).do(steps or plan_of(asked, places)))


def tree(places: CentrePlaces) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below the root: owner, group, mode, and the content of what is no database."""
    found = {}
    for path in sorted(places.root.rglob("*")):
        there = path.lstat()
        data = path.read_bytes() if path.is_file() and "sqlite" not in path.name else b""
        found[str(path)] = (there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode), data)
    return found


def test_a_plan_is_what_is_done_and_a_second_time_nothing_is(places: CentrePlaces) -> None:
    asked = wishes(places)
    steps = plan_of(asked, places)
    assert not list(places.root.iterdir()), "a plan does nothing"
    first = done(places, asked)
    assert [each.step for each in first] == list(steps)
    for step in steps:
        if step.mode is not None and step.path.is_absolute():
            there = step.path.stat()
            owner = f"{step.path.owner()}:{step.path.group()}"
            assert (owner, stat.S_IMODE(there.st_mode)) == (step.owner, step.mode), step
    planned = {step.path for step in steps} | {places.authority, places.state}
    for path in places.root.rglob("*"):
        among = (
            path in planned or planned & set(path.parents) or any(path in each.parents for each in planned)
        )
        assert among, f"{path} is in no step"
    for folder, user in ((places.state, CENTRAL), (places.authority, AUTHORITY)):
        assert {path.owner() for path in (folder, *folder.rglob("*"))} == {user}
    before = tree(places)
    again = done(places, asked)
    assert {each.state for each in again} == {StepState.THERE, StepState.YOURS}
    assert {each.step.act for each in again if each.state is StepState.YOURS} == {InstallingAct.UNIT}
    assert tree(places) == before
    assert any(
        each.note.startswith("http://localhost:8080/")
        for each in first
        if each.step.act is InstallingAct.ADMINISTRATOR
    )


def test_a_cluster_gets_a_folder_for_each_node_and_central_its_place(places: CentrePlaces) -> None:
    nodes = ("b1.example.org", "b2.example.org", "b3.example.org")
    asked = replace(wishes(places), nodes=nodes, nodes_name="broker.example.org")
    before = os.umask(0o077)
    try:
        made = done(places, asked)
    finally:
        os.umask(before)
    assert stat.S_IMODE(places.broker.parent.stat().st_mode) == 0o755, "the authority has to get through"
    assert not any(one.step.where == MOSQUITTO for one in made)
    again = {one.state for one in done(places, asked) if one.step.act is not InstallingAct.UNIT}
    assert again == {StepState.THERE}
    for node in nodes:
        assert (places.nodes / node / "tls" / "broker.key").read_bytes() == (
            places.authority / "broker.key"
        ).read_bytes()
    assert places.management.owner() == CENTRAL
    assert stat.S_IMODE(places.management.stat().st_mode) == 0o600
    assert places.nodes.owner() == "root"
    configuration = load_configuration(places.configuration)
    broker, adoption = configuration.broker, configuration.adoption
    assert broker.is_amqp
    assert (broker.hosts, broker.port) == (nodes, 5671)
    assert broker.management is not None
    assert broker.management.password == places.seen(places.management)
    assert adoption is not None
    assert adoption.broker == "broker.example.org:8883"
    names = hosts_of(read_certificate(places.authority / "broker.pem"))
    assert set(names) >= {*nodes, "broker.example.org"}


def test_a_centre_with_mosquitto_moves_to_a_cluster(places: CentrePlaces) -> None:
    done(places, wishes(places))
    states = {
        one.step.where: one.state for one in done(places, replace(wishes(places), nodes=("b1.example.org",)))
    }
    assert states[str(places.configuration)] is StepState.MENDED
    assert load_configuration(places.configuration).broker.hosts == ("b1.example.org",)


def test_it_ends_well_wherever_it_was_interrupted(places: CentrePlaces) -> None:
    asked = wishes(places)
    steps = plan_of(asked, places)
    for count in range(1, len(steps), 4):
        done(places, asked, steps[:count])
        aside = places.authority.with_name("gatepost-authority.new")
        aside.mkdir(exist_ok=True, parents=True)  # the cut came while the authority was made
        (aside / "devices-ca.key").touch()
    last = done(places, asked)
    assert all(
        each.state in {StepState.MADE, StepState.THERE, StepState.YOURS, StepState.MENDED} for each in last
    )
    assert load_configuration(places.configuration).broker.port == 8884


def test_a_site_is_taken_over_into_a_database_that_is_there_and_gates_get_its_keys(
    places: CentrePlaces, tmp_path: Path
) -> None:
    site = tmp_path / "green-court"
    admin = init_site(site, SiteFile("green-court"), {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    asked = replace(wishes(places), take_over=site)
    acts = [step.act for step in plan_of(asked, places)]
    assert acts.index(InstallingAct.TABLES) < acts.index(InstallingAct.SITE), (
        "a site's people need the database first"
    )
    done(places, asked)
    kept = places.authority / "sites" / admin.site.id
    secrets = site_secrets(places.authority, admin.site.id)
    assert secrets.root == (site / "keys" / "root.pub").read_text()
    assert {path.owner() for path in (kept, *kept.iterdir())} == {AUTHORITY}
    assert {each.state for each in done(places, asked)} == {StepState.THERE, StepState.YOURS}


def test_what_somebody_changed_by_hand_stays_and_is_said_and_an_owner_is_mended(places: CentrePlaces) -> None:
    asked = wishes(places)
    done(places, asked)
    mine = places.configuration.read_text().replace("port = 8080", "port = 8081") + "# by hand\n"
    places.configuration.write_text(mine)
    key = places.state / "central.key"
    before = key.read_bytes()
    os.chown(key, 0, 0)
    found = {each.step.where: each for each in done(places, asked)}
    left = found[str(places.configuration)]
    assert (left.state, left.note) == (StepState.LEFT, "stays as it is there: [console] port")
    assert places.configuration.read_text() == mine
    assert found[str(places.state)].state is StepState.MENDED
    assert (key.owner(), key.read_bytes()) == (CENTRAL, before)


def test_a_centre_that_root_put_back_is_given_to_its_users(places: CentrePlaces) -> None:
    """As a restore leaves it that knew no owners: all of it root's, and closed to others."""
    asked = wishes(places)
    done(places, asked)
    before = tree(places)
    known = (places.state, places.authority, places.configuration_folder, places.broker)
    for path in (path for folder in known for path in (folder, *folder.rglob("*"))):
        os.chown(path, 0, 0)
        path.chmod(0o700 if path.is_dir() else 0o600)
    linked = places.root / "precious"
    linked.touch()
    os.link(linked, places.state / "second-name")
    done(places, asked)
    assert linked.stat().st_uid == 0, "a file with a second name may be another folder's"
    (places.state / "second-name").unlink()
    linked.unlink()
    after = {path: kept for path, kept in tree(places).items() if any(map(Path(path).is_relative_to, known))}
    owners = {path: kept[:2] for path, kept in after.items()}
    assert owners == {path: before[path][:2] for path in after}
    closed = {path: kept[2] for path, kept in before.items() if path in after and kept[2] != after[path][2]}
    assert all(Path(path).is_relative_to(places.authority) for path in closed), (
        "public halves, closed: no harm"
    )


def test_a_site_is_taken_over_later_where_the_centres_own_key_is_moved_away(
    places: CentrePlaces, tmp_path: Path
) -> None:
    site = tmp_path / "green-court"
    init_site(site, SiteFile("green-court"), {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    plain = wishes(places)
    done(places, plain)
    with pytest.raises(ConfigurationError, match="exists already with other content") as raised:
        refuse_other_key(places.state, site)
    assert "move its own central.key and central.pub away" in raised.value.remedy
    for name in ("central.key", "central.pub"):
        (places.state / name).unlink()
    refuse_other_key(places.state, site)
    done(places, replace(plain, take_over=site))
    assert (places.state / "central.key").read_bytes() == (site / "keys" / "central.key").read_bytes()
    assert load_configuration(places.configuration).commands is not None


def test_said_again_with_other_words_it_takes_nothing_away(places: CentrePlaces, tmp_path: Path) -> None:
    site, disk = tmp_path / "green-court", places.root / "srv"
    init_site(site, SiteFile("green-court"), {"main": LaneDirection.ENTRY}, datetime.now(UTC))
    disk.mkdir()
    key = str(pyrage.x25519.Identity.generate().to_public())
    plain = wishes(places)
    done(places, replace(plain, take_over=site))
    done(places, replace(plain, backup=Path("/srv"), recipients=(key,)))
    done(places, replace(plain, hosts=("127.0.0.1", "other.example")))
    configuration = load_configuration(places.configuration)
    assert configuration.registry is not None, "it would publish no more"
    assert configuration.commands is not None, "the console would send none"
    assert configuration.backup is not None
    assert configuration.backup.recipients == (key,)
    names = hosts_of(read_certificate(places.authority / "broker.pem"))
    assert {"127.0.0.1", "other.example"} <= set(names)
    text = places.configuration.read_text()
    assert {each.state for each in done(places, plain)} == {StepState.THERE, StepState.YOURS}
    assert places.configuration.read_text() == text


def test_a_folder_that_is_a_link_is_not_followed(places: CentrePlaces, tmp_path: Path) -> None:
    done(places, wishes(places))
    key = places.state / "central.pub"
    key.unlink()
    target = tmp_path / "precious"
    target.write_bytes(b"kept")
    (places.state / "central.key").rename(places.state / "kept")
    (places.state / "central.key").symlink_to(target)
    with pytest.raises(GatepostError):
        done(places, wishes(places))
    assert (target.read_bytes(), target.stat().st_uid) == (b"kept", 0)


def test_postgresql_on_this_machine_gets_a_role_and_a_database_without_a_password(
    places: CentrePlaces,
) -> None:
    with postgresql_server() as server:
        port = server.url.rpartition(":")[2].partition("/")[0]
        asked = wishes(
            places, database_of(f"postgresql:///centre?host={server._folder}&port={port}", Path("/x"), None)
        )

        def as_its_superuser(words: Sequence[str], user: str) -> subprocess.CompletedProcess[str]:
            more = ("--username=gatepost",) if user else ()
            return called((words[0], *more, *words[1:]), user)

        def states() -> dict[InstallingAct, StepState]:
            doing = Doing(places, asked.database, starts=False, call=as_its_superuser)
            return {each.step.act: each.state for each in doing.do(plan_of(asked, places))}

        server._folder.chmod(0o755)
        first = states()
        assert {
            first[act]
            for act in (
                InstallingAct.ROLE,
                InstallingAct.DATABASE,
                InstallingAct.TABLES,
                InstallingAct.ADMINISTRATOR,
            )
        } == {StepState.MADE}
        assert (
            f"postgresql:///centre?host={server._folder}"
            in load_configuration(places.configuration).store.url
        )
        again = states()
        assert {
            again[act]
            for act in (
                InstallingAct.ROLE,
                InstallingAct.DATABASE,
                InstallingAct.TABLES,
                InstallingAct.ADMINISTRATOR,
            )
        } == {StepState.THERE}


@pytest.mark.skipif(not has_mosquitto(), reason="LOUD SKIP: no mosquitto: apt-get install mosquitto")
def test_the_broker_runs_with_the_files_and_central_reaches_it_as_its_own_user(places: CentrePlaces) -> None:
    done(places, wishes(places))
    ports = {"8883": free_port(), "8884": free_port()}
    text = places.broker_configuration.read_text().replace("/etc/gatepost/broker", str(places.broker))
    for port, free in ports.items():
        text = text.replace(f"listener {port}", f"listener {free}")
    file = places.root / "mosquitto.conf"
    file.write_text(text)
    with subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(file)], stderr=subprocess.DEVNULL) as process:
        try:
            soon(lambda: is_open(ports["8884"]), "the broker cannot read what was written for it")
            ca, certificate, key = (
                places.tls / name for name in ("services-ca.pem", "central-tls.pem", "central-tls.key")
            )
            there = Broker("localhost", ports["8884"], ca, certificate, key)
            with connected(client_of(there, "central-1"), there, PATIENT):
                pass
            with pytest.raises(BrokerError) as refused:
                publish_once(there, "central-1", SealedMessage("up/gate/hello", b"x"))
            assert refused.value.cause is LinkCause.ACCESS_LIST
            devices = Broker("localhost", ports["8883"], ca, certificate, key)
            with pytest.raises(BrokerError) as other, connected(client_of(devices, "c"), devices, PATIENT):
                pass
            assert other.value.cause is LinkCause.OWN_UNKNOWN
        finally:
            process.terminate()
            process.wait(PATIENT)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@host/x", "everybody on this computer sees a password"),
        ("postgresql:///x?host=/run&port=five", "'five' is no port"),
        ("mysql://host/x", "is no database"),
        ("postgresql://[::1/x", "not a URL"),
    ],
)
def test_a_database_that_cannot_be_is_said(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as raised:
        database_of(url, Path("/s"), None)
    assert "secret" not in str(raised.value)


def test_a_servers_password_goes_into_a_file_of_its_own() -> None:
    found = database_of("postgresql://me@db.example/gatepost", Path("/s"), Path("/etc/x/pgpass"))
    assert found.url == "postgresql://me@db.example/gatepost?passfile=/etc/x/pgpass"
    assert password_line(found, "a:b\\c") == b"db.example:5432:gatepost:me:a\\:b\\\\c\n"
