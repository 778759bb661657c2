"""The units: every line explained, closed as far as they can be, and users that reach what they need only."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclopts import App

from edge.cli.manual import CommandPage
from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.feed.server import journal_server
from edge.journal.salvage import open_or_salvage
from sync.cli.manual import whole
from sync.updates.place import Fetched, Place
from sync.updates.unfetched import note_unfetched
from tests.events import noted

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
DOCS = FOLDER.parent / "docs"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
PATHS = sorted([*FOLDER.glob("*.path"), *FOLDER.glob("*.socket")])
FILES = sorted(file for file in FOLDER.rglob("*") if file.is_file())
LINKS = {"gatepost-update": "confirmed", "gatepost-update-recover": "confirmed", "gatepost-trial@": "%i"}
"""What is not started by the version in force: what takes it back, and what tries another one."""
RELOADS_THE_BROKER = (
    "+/bin/sh -c '! systemctl -q is-active mosquitto.service || exec systemctl reload mosquitto.service'"
)
"""The one line that root takes; it calls another program."""
LEAVES_ITS_END = "/bin/sh -c 'printenv SERVICE_RESULT >/var/lib/gatepost-update/result'"
"""As ours is dead by then, it calls another program too."""
WALL = WallTime(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


def settings(unit: Path) -> dict[str, str]:
    lines = [line for line in unit.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("LOUD SKIP: no systemd-analyze: apt-get install systemd to check the units")
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_services_exposure_is_one_and_a_half_or_better(analyze: str, unit: Path) -> None:
    command = [analyze, "security", "--offline=true", "--no-pager", "--threshold=15", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert re.search(r"Overall exposure level for \S+: [01]\.\d", done.stdout), done.stderr
    assert done.returncode == 0, done.stdout[-200:]


@pytest.mark.parametrize("unit", SERVICES + TIMERS + PATHS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(analyze: str, unit: Path, tmp_path: Path) -> None:
    """What is executed is not installed here, so something that is stands in its place."""
    for each in SERVICES + TIMERS + PATHS:
        (tmp_path / each.name).write_text(
            re.sub(r"/opt/gatepost/\S+/bin/gatepost", "/bin/true", each.read_text())
        )
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if unit.name in line and "Ignoring" not in line]
    assert ours == []
    assert "Unknown" not in done.stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_services_sign_of_life_is_watched(unit: Path) -> None:
    found = settings(unit)
    if found["Type"] == "oneshot":
        assert "TimeoutStartSec" in found, "it ends, one way or the other"
    elif unit.with_suffix(".socket").exists():
        assert {"RuntimeMaxSec", "TimeoutStopSec"} <= set(found), "it ends, and the next caller starts it"
    else:
        assert found["Type"] == "notify"
        assert {"WatchdogSec", "Restart", "NotifyAccess", "TimeoutStopSec"} <= set(found)


def test_the_gate_has_no_network_and_the_others_no_devices() -> None:
    gate = settings(FOLDER / "gatepost-gate.service")
    assert gate["PrivateNetwork"] == "yes"
    assert gate["RestrictAddressFamilies"] == "AF_UNIX"
    for unit in SERVICES:
        if unit.stem != "gatepost-gate":
            found = settings(unit)
            assert found["PrivateDevices"] == "yes", unit.stem
            assert "DeviceAllow" not in found, unit.stem
            assert found["User"] != gate["User"] or unit.stem == "gatepost-trial@", unit.stem


def test_the_persons_screen_answers_this_computer_alone_and_keeps_nothing() -> None:
    found = settings(FOLDER / "gatepost-screen.service")
    assert found["ExecStart"].endswith(" --listen http://127.0.0.1:8089")
    assert (found["IPAddressDeny"], found["IPAddressAllow"]) == ("any", "localhost")
    assert not {"StateDirectory", "ReadWritePaths", "RuntimeDirectory"} & found.keys()
    assert found["User"] != settings(FOLDER / "gatepost-console.service")["User"]
    browser = (FOLDER / "host" / "screen.desktop").read_text()
    assert browser.count("http://127.0.0.1:8089/screen") == 2, "one address, wherever it is written"


def test_what_is_root_or_tries_a_new_version_has_no_network() -> None:
    offline = {"gatepost-update", "gatepost-update-recover", "gatepost-trial@"}
    for unit in SERVICES:
        found = settings(unit)
        if unit.stem in offline:
            assert found["PrivateNetwork"] == "yes", unit.stem
            assert found["RestrictAddressFamilies"] == "AF_UNIX", unit.stem
        assert found["User"] != "root" or unit.stem in offline, unit.stem


def test_how_a_fetch_ended_is_taken_on_by_who_can_tell_the_gate(tmp_path: Path) -> None:
    """What was fetched is applied; what was not is told, also where the process that fetched was killed."""
    found = settings(FOLDER / "gatepost-update-fetch.service")
    assert found["OnSuccess"] == found["OnFailure"] == "gatepost-update.service"
    assert found["ExecStopPost"] == LEAVES_ITS_END
    line = LEAVES_ITS_END.replace("/var/lib/gatepost-update", str(tmp_path))
    subprocess.run(shlex.split(line), env={**os.environ, "SERVICE_RESULT": "oom-kill"}, check=True)
    place = Place(state=tmp_path, fetched=Fetched(tmp_path))
    told = note_unfetched(place, 1.0)
    assert told is not None
    assert "oom-kill" in told.why
    assert note_unfetched(place, 2.0) is None, "it is told once"


def test_the_trial_of_a_new_version_can_write_its_report_alone() -> None:
    found = settings(FOLDER / "gatepost-trial@.service")
    assert (found["ProtectSystem"], found["RuntimeDirectory"]) == ("strict", "gatepost-trial")
    assert not {"ReadWritePaths", "StateDirectory", "DeviceAllow"} & found.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_block_of_every_file_is_explained(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0].startswith("#")
    for number, line in enumerate(lines):
        if line.startswith("# ---"):
            assert len(line) > 6, f"{file.name}:{number + 1}"
    explained = sum(line.startswith("#") for line in lines)
    # Sets of lines of one kind (ProtectKernel…) share a comment.
    assert explained * 3 >= sum(bool(line) and line[0] not in "#[" for line in lines)


@pytest.fixture(scope="module")
def command_line() -> tuple[App, list[CommandPage]]:
    """The whole command line."""
    return whole()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_what_a_unit_executes_is_a_command_that_there_is(
    unit: Path, command_line: tuple[App, list[CommandPage]]
) -> None:
    app, pages = command_line
    names = {page.words for page in pages}
    found = {name: line for name, line in settings(unit).items() if name.startswith("Exec")}
    assert "ExecStart" in found
    for line in (line for line in found.values() if line not in {RELOADS_THE_BROKER, LEAVES_ITS_END}):
        program, *words = line.split()
        link = LINKS.get(unit.stem, "current")
        assert program == f"/opt/gatepost/{link}/bin/gatepost", "docs/installing.md installs it there"
        assert {tuple(words[:2]), tuple(words[:3])} & names, line
        app.parse_args(words, exit_on_error=False, print_error=False)


def test_a_timer_starts_a_unit_that_there_is() -> None:
    assert TIMERS
    assert all(timer.with_suffix(".service") in SERVICES for timer in TIMERS)


def test_a_unit_points_to_a_page_that_there_is() -> None:
    for unit in SERVICES:
        page = settings(unit)["Documentation"].removeprefix("file:///usr/share/doc/gatepost/")
        assert (DOCS / page).is_file(), unit.name


def test_the_broker_s_page_copies_files_that_there_are_all_of_them() -> None:
    text = "".join((DOCS / page).read_text() for page in ("installing.md", "broker.md"))
    patterns = re.findall(r"(?<![\w/])((?:systemd|firmware_config)/[\w./*-]*[\w*])(?=[ ,`])", text)
    copied = {file for pattern in patterns for file in FOLDER.parent.glob(pattern)}
    assert all(list(FOLDER.parent.glob(pattern)) for pattern in patterns), patterns
    assert copied >= {*(FOLDER.parent / "firmware_config" / "mosquitto").iterdir()}


def test_the_paths_of_the_page_on_installing_are_those_of_the_units() -> None:
    made = (FOLDER / "gatepost.tmpfiles").read_text() + (FOLDER / "gatepost-gate.service").read_text()
    rows = re.findall(r"^\| `(/[^`]+)`", (DOCS / "installing.md").read_text(), re.MULTILINE)
    assert rows
    for path in rows:
        folder = Path(path) if path.endswith("/") else Path(path).parent
        runtime = "RuntimeDirectory=gatepost" if folder == Path("/run/gatepost") else f"d {folder} "
        assert f"{runtime}" in made, path


def test_users_that_the_units_name_are_made() -> None:
    made = "\n".join(file.read_text() for file in FOLDER.glob("*.sysusers"))
    for unit in SERVICES:
        user = settings(unit)["User"]
        assert user == "root" or f"u {user} " in made


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_service_can_pass_to_every_folder_that_it_may_write(unit: Path) -> None:
    """The authority could not pass through /etc/gatepost-central: it renewed nothing, no broker heard."""
    lines = [line.split() for file in FOLDER.glob("*.tmpfiles") for line in file.read_text().splitlines()]
    made = {Path(line[1]): line for line in lines if line and line[0] == "d"}
    members = re.findall(r"^m (\S+) (\S+)", (FOLDER / "gatepost.sysusers").read_text(), re.MULTILINE)
    user = settings(unit)["User"]
    groups = {user} | {group for member, group in members if member == user}
    written = re.findall(r"^ReadWritePaths=(.*)$", unit.read_text(), re.MULTILINE)
    for path in (Path(word.lstrip("-")) for line in written for word in line.split()):
        for _, folder, mode, owner, group, *_ in (made[above] for above in path.parents if above in made):
            bits = int(mode, 8) >> (6 if owner == user else 3 if group in groups else 0)
            assert user == "root" or bits & 1, f"{user} cannot pass through {folder} to {path}"


# --- the seam, with users that are really different -------------------------------------------------

ASK = b"\x83\xa4type\xa3ask\xa8sequence\x00\xa4most\x64"
"""What sync asks, in bytes, so that a bare Python of another user can."""
STRANGER = f"""
import os, socket, sys
folder, place = sys.argv[1:]
for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "lane-memory.json", "."):
    try:
        os.open(os.path.join(folder, name), os.O_RDONLY)
    except PermissionError:
        print("closed", name)
gate = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
gate.connect(place)
for _ in range(3):
    gate.send({ASK!r})
    print(gate.recv(1 << 17).count(b"a stored event"))
    sys.stdout.flush()
    sys.stdin.readline()
"""


@contextmanager
def another_user(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A Python of `nobody`, whose group may be that of the sockets, as sync's is the gate's."""
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("LOUD SKIP: no /usr/bin/python3 that another user may run")
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid
    with subprocess.Popen(
        [python, "-c", *words],
        user=nobody,
        group=group,
        extra_groups=[],
        cwd="/",
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield process


def folder_of(line: str) -> tuple[str, int]:
    """A line of gatepost.tmpfiles: the folder and its mode."""
    _, path, mode, *_ = line.split()
    return path, int(mode, 8)


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can be two users")
def test_the_sync_processs_user_gets_the_events_as_they_are_written_and_can_open_none_of_the_files(
    tmp_path: Path,
) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == "root" and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    lines = (FOLDER / "gatepost.tmpfiles").read_text().splitlines()
    modes = dict(folder_of(line) for line in lines if line.startswith("d "))
    folder, sockets = tmp_path / "journal", tmp_path / "run"
    folder.mkdir()
    folder.chmod(modes["/var/lib/gatepost-journal"])
    sockets.mkdir()
    os.chown(sockets, 0, grp.getgrnam("nogroup").gr_gid)
    sockets.chmod(0o2750)  # the gate has its group; here the socket gets it from the folder
    (folder / "lane-memory.json").touch()
    path, place = folder / "journal.sqlite", sockets / "journal.sock"
    with open_journal(path, "main", WALL) as journal, journal_server(path, place):
        os.chown(place, 0, grp.getgrnam("nogroup").gr_gid)
        journal.append(noted("a stored event"), WALL)
        with another_user(STRANGER, str(folder), str(place)) as sync:
            assert sync.stdin is not None
            assert sync.stdout is not None
            for name in (
                "journal.sqlite",
                "journal.sqlite-wal",
                "journal.sqlite-shm",
                "lane-memory.json",
                ".",
            ):
                assert sync.stdout.readline() == f"closed {name}\n"
            for expected in (1, 2, 3):
                assert sync.stdout.readline() == f"{expected}\n"
                journal.append(noted("a stored event"), WALL)
                sync.stdin.write("\n")
                sync.stdin.flush()


@pytest.mark.parametrize("folder", ["its owner's alone", "with the set-group-id bit, of an earlier version"])
def test_the_journals_files_are_the_gates_alone_whatever_they_were(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "journal.sqlite"
    if folder != "its owner's alone":
        tmp_path.chmod(0o2750)
    with open_journal(path, "main", WALL) as journal:
        journal.append(noted("a stored event"), WALL)
        for item in tmp_path.iterdir():
            item.chmod(0o640)
        shutil.copytree(tmp_path, tmp_path / "killed")  # as a kill -9 leaves it
    killed = tmp_path / "killed" / "journal.sqlite"
    salvaged, _ = open_or_salvage(killed, "main", WALL)
    with salvaged as journal:
        journal.append(noted("a stored event"), WALL)
        names = {item.name: item.stat().st_mode & 0o777 for item in killed.parent.iterdir()}
    assert {"journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"} < names.keys()
    assert {name: oct(mode) for name, mode in names.items() if mode & 0o077} == {}
    killed.write_bytes(b"noise" * 1000)
    salvaged, _ = open_or_salvage(killed, "main", WALL)
    salvaged.close()
    assert killed.stat().st_mode & 0o777 == 0o600, "a salvaged one too"


def test_no_unit_but_the_gates_may_enter_the_journals_folder() -> None:
    lines = (FOLDER / "gatepost.tmpfiles").read_text().splitlines()
    modes = dict(folder_of(line) for line in lines if line.startswith("d "))
    assert modes["/var/lib/gatepost-journal"] == 0o700
    for unit in SERVICES:
        found = settings(unit)
        names_it = [
            line for line in unit.read_text().splitlines() if "gatepost-journal" in line and "=" in line
        ]
        if unit.stem == "gatepost-gate":
            assert names_it == ["ReadWritePaths=-/var/lib/gatepost-journal"]
        elif unit.stem in {"gatepost-sync", "gatepost-renew"}:
            assert found["User"] != "gatepost"
            assert all(line.startswith("InaccessiblePaths=") for line in names_it)
    assert "-/var/lib/gatepost-journal" in settings(FOLDER / "gatepost-sync.service")["InaccessiblePaths"]


def test_the_broker_can_pass_through_the_folder_of_the_gates_configuration() -> None:
    """Its files lie in /etc/gatepost/broker, and it is in no group of the gate's."""
    lines = (FOLDER / "gatepost.tmpfiles").read_text().splitlines()
    mode = next(line.split()[2] for line in lines if line.startswith("d /etc/gatepost "))
    assert mode == "0751"
