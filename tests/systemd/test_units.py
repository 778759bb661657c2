"""The units: every line explained, closed as far as they can be, and users that reach what they need only."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import ClockTrust, WallTime
from edge.journal.salvage import open_or_salvage
from edge.journal.store import open_journal

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
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


@pytest.mark.parametrize("unit", [*SERVICES, *FOLDER.glob("*.timer")], ids=lambda unit: unit.name)
def test_systemd_understands_every_line(analyze: str, unit: Path, tmp_path: Path) -> None:
    """What is executed is not installed here, so something that is stands in its place."""
    for each in FOLDER.iterdir():
        (tmp_path / each.name).write_text(each.read_text().replace("/opt/gatepost/bin/gatepost", "/bin/true"))
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
            assert found["User"] != gate["User"], unit.stem


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_every_block_of_every_file_is_explained(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0].startswith("#")
    for number, line in enumerate(lines):
        if line.startswith("# ---"):
            assert len(line) > 6, f"{file.name}:{number + 1}"
    explained = sum(line.startswith("#") for line in lines)
    # Sets of lines of one kind (ProtectKernel…) share a comment.
    assert explained * 3 >= sum(bool(line) and line[0] not in "#[" for line in lines)


def test_users_that_the_units_name_are_made() -> None:
    made = "\n".join(file.read_text() for file in FOLDER.glob("*.sysusers"))
    for unit in SERVICES:
        assert f"u {settings(unit)['User']} " in made


# --- the seam, with users that are really different -------------------------------------------------

READER = """
import sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for _ in range(3):
    print(connection.execute("SELECT count(*) FROM event").fetchone()[0])
    sys.stdout.flush()
    sys.stdin.readline()
"""


WRITER = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DELETE FROM event')"


@pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can be two users")
def test_the_sync_processs_user_reads_a_journal_that_is_being_written_and_cannot_change_it(
    tmp_path: Path,
) -> None:
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("LOUD SKIP: no /usr/bin/python3 that another user may run")
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == "root" and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    folder = tmp_path / "journal"
    folder.mkdir()
    os.chown(folder, 0, group)
    folder.chmod(0o2750)
    path = folder / "journal.sqlite"
    with open_journal(path, "main", WALL) as journal:
        journal.append("test", {}, WALL)
        reader = subprocess.Popen(
            [python, "-c", READER, str(path)],
            user=nobody,
            group=group,
            extra_groups=[],
            cwd="/",
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with reader:
            assert reader.stdin is not None
            assert reader.stdout is not None
            for expected in (1, 2, 3):
                assert reader.stdout.readline().strip() == str(expected)
                journal.append("test", {}, WALL)
                reader.stdin.write("\n")
                reader.stdin.flush()
        modes = {item.name: item.stat().st_mode & 0o777 for item in folder.iterdir()}
        assert modes["journal.sqlite"] == modes["journal.sqlite-wal"] == modes["journal.sqlite-shm"] == 0o640
        writer = subprocess.run(
            [python, "-c", WRITER, str(path)],
            user=nobody,
            group=group,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert "readonly" in writer.stderr
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (4,)
    path.write_bytes(b"noise" * 1000)
    salvaged, _ = open_or_salvage(path, "main", WALL)
    salvaged.close()
    assert path.stat().st_mode & 0o777 == 0o640, "a salvaged one is read by the same user"
