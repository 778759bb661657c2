"""The units of the version in force count, where they differ from those that dpkg installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

GATE, UPDATE, TRIAL = "gatepost-gate.service", "gatepost-update.service", "gatepost-trial@.service"


class Computer:
    """One whose /usr/lib has the units of 1.0, and whose version 2.0 has others."""

    def __init__(self, folder: Path) -> None:
        self.versions, self.installed = folder / "opt", folder / "usr"
        self.installed.mkdir()
        for version in ("1.0", "2.0"):
            self.units(version).mkdir(parents=True)
            for name in (GATE, UPDATE, TRIAL):
                (self.units(version) / name).write_text(f"# of {version}\n")
        for name in (GATE, UPDATE, TRIAL, "sshd.service"):
            (self.installed / name).write_text("# of 1.0\n")
        self.folder = folder
        self.in_force("1.0", "1.0")

    def units(self, version: str) -> Path:
        return self.versions / version / "lib/systemd/system"

    def in_force(self, current: str, confirmed: str) -> None:
        for name, version in (("current", current), ("confirmed", confirmed)):
            (self.versions / name).unlink(missing_ok=True)
            (self.versions / name).symlink_to(version)

    def generated(self) -> dict[str, str]:
        """What systemd is given at a reload."""
        out = self.folder / "run"
        subprocess.run(["rm", "-rf", str(out)], check=True)
        out.mkdir()
        script = (REPOSITORY / "systemd/gatepost-units.generator").read_text()
        script = script.replace("/opt/gatepost", str(self.versions))
        script = script.replace("/usr/lib/systemd/system", str(self.installed))
        script = script.replace("/etc/fstab", str(self.folder / "fstab"))
        subprocess.run(["sh", "-c", script, "generator", str(out), str(out), str(out)], check=True)
        return {path.name: path.read_text() for path in out.iterdir()}


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_units_as_dpkg_installed_them_are_not_given_again(computer: Computer) -> None:
    """systemctl enables no unit that was generated: only what has to be is."""
    assert computer.generated() == {}


def test_while_a_version_shows_that_it_works_what_takes_it_back_is_the_old_ones(computer: Computer) -> None:
    computer.in_force("2.0", "1.0")
    assert computer.generated() == {GATE: "# of 2.0\n"}


def test_a_version_that_works_has_all_its_units_and_one_taken_back_its_own(computer: Computer) -> None:
    computer.in_force("2.0", "2.0")
    assert computer.generated() == dict.fromkeys((GATE, UPDATE, TRIAL), "# of 2.0\n")
    computer.in_force("1.0", "1.0")
    assert computer.generated() == {}


def test_a_unit_that_no_package_installed_is_not_given(computer: Computer) -> None:
    (computer.units("2.0") / "gatepost-more.service").write_text("# new\n")
    (computer.units("2.0") / "sshd.service").write_text("# not ours\n")
    computer.in_force("2.0", "2.0")
    assert set(computer.generated()) == {GATE, UPDATE, TRIAL}


@pytest.mark.parametrize("gone", ["versions", "units"])
def test_where_something_is_not_there_the_computer_starts_as_it_would(computer: Computer, gone: str) -> None:
    folder = computer.versions if gone == "versions" else computer.installed
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    assert computer.generated() == {}


def test_what_lies_where_something_is_mounted_later_says_nothing_of_the_version_in_force(
    computer: Computer,
) -> None:
    computer.in_force("2.0", "2.0")
    fstab = computer.folder / "fstab"
    fstab.write_text(f"# /x {computer.versions} none bind 0 0\n/x {computer.versions}-more none bind 0 0\n")
    assert computer.generated()
    fstab.write_text(f"/data/opt {computer.versions} none bind 0 0\n")
    assert computer.generated() == {}
