"""`gatepost central` and `gatepost sync` as people and systemd call them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from edge.cli.groups import GROUPS as EDGE
from edge.signing.key_files import make_private_key, public_pem
from sync.central.store import Store, newest_schema
from sync.cli.main import GROUPS, main
from tests.examples import alike
from tests.forked import gatepost as gatepost_process
from tests.forked import wait
from tests.logs import log_plainly
from tests.sync.another_server import take_over
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import PATIENT, soon

# The command is run as it is installed, from sys.argv.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")

_SERVING = "pydantic_core"
"""The library of FastAPI's that is in the memory of whoever serves pages."""


class Gatepost:
    """The command in this process: its output, errors included."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: object, code: int = 0) -> str:
        self._monkeypatch.setattr(sys, "argv", ["gatepost", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = "".join(self._capsys.readouterr())
        assert (ended.value.code or 0) == code, said
        return said


@pytest.fixture
def gatepost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Gatepost]:
    yield Gatepost(monkeypatch, capsys)
    log_plainly()  # `run` has set up its logs


def test_a_centre_is_made_filled_and_asked(tmp_path: Path, gatepost: Gatepost) -> None:
    folder, key = tmp_path / "centre", tmp_path / "device.key"
    device = make_private_key(key)
    (tmp_path / "device.pub").write_bytes(public_pem(device.public_key()))
    people = tmp_path / "people.csv"
    people.write_text("id,name\nli-na,Li Na\n")
    assert f"database version {newest_schema()}" in gatepost("central", "init", folder, "--plain")
    secret = (folder / "central.key").read_bytes()
    assert (folder / "central.key").stat().st_mode & 0o077 == 0
    gatepost("central", "init", folder)
    assert (folder / "central.key").read_bytes() == secret, "nothing is overwritten"
    config = ("--config", folder / "central.toml")
    gatepost("central", "site", "set", "green-court", "--city", "Shanghai", "--street", "Willow", *config)
    assert "Shanghai / Willow" in gatepost("central", "site", "list", *config)
    zone = ("--name", "Green Court", "--time-zone", "Asia/Urumqi")
    gatepost("central", "site", "set", "green-court", *zone, *config)
    gatepost("central", "site", "set", "green-court", "--street", "Poplar", *config)
    site = json.loads(gatepost("central", "site", "list", "--json", *config))
    stays = {"name": "Green Court", "time_zone": "Asia/Urumqi", "city": "Shanghai", "street": "Poplar"}
    assert stays.items() <= site.items(), "what is not named stays"
    assert "time zone 'Mars'" in gatepost(
        "central", "site", "set", "green-court", "--time-zone", "Mars", *config, code=2
    )
    assert "'A/B' cannot be an id" in gatepost("central", "site", "set", "A/B", *config, code=2)
    place = ("--site", "green-court", "--gate", "main", "--key", tmp_path / "device.pub")
    gatepost("central", "gate", "create", DEVICE, *place, *config)
    assert json.loads(gatepost("central", "gate", "list", "--json", *config))["device"] == DEVICE
    assert "never seen" in gatepost("central", "gate", "list", *config)
    gatepost("central", "subject", "import", people, "--site", "green-court", *config)
    words = ("green-court", "li-na", "red", "--actor", "wang", "--reason", "a test")
    gatepost("central", "subject", "status", "set", *words, *config)
    assert "by wang: a test" in gatepost("central", "subject", "status", "list", *words[:2], *config)
    listed = gatepost("central", "subject", "list", "green-court", "--json", *config)
    assert json.loads(listed)["subject"] == "li-na"
    assert "silent" in gatepost("central", "status", *config, code=1)
    assert "not ended" in gatepost("central", "gate", "retire", DEVICE, *config, code=1), "no broker here"
    assert "0 gates" in gatepost("central", "status", *config)


def test_no_device_is_told_that_it_is_retired_by_another_server(
    tmp_path: Path, gatepost: Gatepost, monkeypatch: pytest.MonkeyPatch
) -> None:
    gatepost("central", "init", tmp_path / "centre", "--plain")
    config = ("--config", tmp_path / "centre" / "central.toml")
    gatepost("central", "site", "set", "green-court", "--city", "Shanghai", *config)
    public = make_private_key(tmp_path / "device.key").public_key()
    (tmp_path / "device.pub").write_bytes(public_pem(public))
    place = ("--site", "green-court", "--gate", "main", "--key", tmp_path / "device.pub")
    gatepost("central", "gate", "create", DEVICE, *place, *config)
    take_over(monkeypatch)
    assert "told once a standby has it" in gatepost("central", "gate", "retire", DEVICE, *config, code=1)


@pytest.mark.parametrize(
    ("words", "what", "code"),
    [
        (("central", "status", "--config", "nowhere.toml"), "nowhere.toml", 2),
        (("central", "init", "CENTRE", "--database", "mysql://x/y"), "not a database URL", 1),
        (("sync", "run", "--config", "nowhere.toml"), "nowhere.toml", 2),
        (("sync", "status", "--config", "SYNC"), "the gate does not run", 1),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    tmp_path: Path, gatepost: Gatepost, words: tuple[str, ...], what: str, code: int
) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1883)
    names = {"CENTRE": str(tmp_path / "centre"), "SYNC": str(world.sync_file())}
    said = gatepost(*(names.get(word, word) for word in words), code=code)
    assert what in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "what"),
    [
        ('id = "gp-0001"', 'id = "GP/1"', "device.id"),
        ("keepalive = 2", "keepalive = 0", "broker.keepalive"),
        ("port = 1883", "port = 70000", "broker.port"),
        ("plain = true", "plane = true", "plane"),
        ("plain = true", "", "ca, certificate and key"),
        ('keys = ["central.pub"]', "keys = []", "central.keys"),
        ("upload = 0", "upload = -1", "limits.upload"),
    ],
)
def test_a_configuration_names_the_key_that_is_wrong(
    tmp_path: Path, was: str, becomes: str, what: str
) -> None:
    from edge.errors import ConfigurationError
    from sync.agent.configuration import load_configuration
    from sync.transport.tls import tls_of

    path = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1883).sync_file()
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes))
    with pytest.raises(ConfigurationError, match=what):
        tls_of(load_configuration(path).broker)


@pytest.mark.parametrize("database", alike(["postgresql", "sqlite"]), indirect=True)
def test_two_centres_share_the_load_on_either_database_and_stop_when_told(
    database: str, store: Store, tmp_path: Path, broker: Mosquitto, gatepost: Gatepost
) -> None:
    """Three processes of ours, a broker, a database: as it is run. The second centre serves no pages, and
    loads nothing of what serves them.
    """
    store.close()
    world = World(tmp_path, database, broker.port, founded=True)
    files = [world.central_file(f"central-{number}") for number in (1, 2)]
    commands = [["central", "run", "--json", "--config", str(file)] for file in files]
    commands[1] += ["--only", "ingester"]
    commands.append(["sync", "run", "--json", "--config", str(world.sync_file())])
    with world.journal() as journal:
        told = append(journal, 800)
        logs = [tmp_path / f"{number}.log" for number in range(3)]
        running: list[ForkServerProcess] = []
        try:
            running += [
                gatepost_process(command, log, log)
                for command, log in zip(commands[:2], logs[:2], strict=True)
            ]
            # A gate that came before them would ask again after a pause, and the test wait for it.
            soon(lambda: all(log.exists() and "link_ready" in log.read_text() for log in logs[:2]))
            assert [_SERVING in Path(f"/proc/{each.pid}/maps").read_text() for each in running] == [
                True,
                False,
            ]
            running.append(gatepost_process(commands[2], logs[2], logs[2]))
            soon(lambda: world.count() == 800)
            # Stored is not yet heard, and one of the centres may have had nothing to do so far.
            soon(lambda: "800, 0 wait" in gatepost("sync", "status", "--config", world.sync_file()))
            soon(lambda: all("link_ready" in log.read_text() for log in logs))
        finally:
            for process in running:
                process.terminate()
            codes = [wait(process, PATIENT) for process in running]
    assert codes == [0, 0, 0]
    assert world.stored() == told
    with world.served():
        said = gatepost("sync", "status", "--config", world.sync_file())
    assert "800 here, central has 800, 0 wait" in said
    assert "Traceback" not in "".join(log.read_text() for log in logs)
    lines = gatepost("central", "journal", "tail", "--json", "-n", 3, "--config", files[0]).splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [798, 799, 800]


def test_the_edges_own_commands_are_all_there(gatepost: Gatepost) -> None:
    # What the network adds to a command of the edge is a command of its own under the same words.
    added = {"models"}
    assert {name: GROUPS[name] for name in EDGE.keys() - added} == {
        name: EDGE[name] for name in EDGE.keys() - added
    }
    assert {name: GROUPS[name][1] for name in EDGE} == {name: help_ for name, (_, help_) in EDGE.items()}
    said = gatepost("--help")
    assert all(name in said for name in GROUPS)
