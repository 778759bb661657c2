"""What a packaged gate needs of its computer is checked, each with what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.configuration import GateConfiguration
from edge.diagnostics.check_packaged import check_packaged
from edge.diagnostics.check_result import CheckResult
from edge.lane.configuration import LaneSection, PinKind
from edge.setup.core import IN_FOLDER, ON_SYSTEM, Draft, Places, changed_document, new_document
from edge.support.toml import paths_beside, toml_in, typed

TIMERS = "etc/systemd/system/timers.target.wants"
LINKS = "etc/systemd/system/multi-user.target.wants"


def configured(places: Places = ON_SYSTEM) -> GateConfiguration:
    text = changed_document(
        new_document(places, connected=True), Draft(), Draft(site="green-court", gate="main"), places
    )
    document = toml_in(text.encode(), "gate.toml")
    made = typed(document, GateConfiguration, "", paths_beside(Path("/x/gate.toml")))
    return replace(made, lane=LaneSection("raspberry-pi-4", PinKind.GPIO))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A computer on which all is well."""
    for folder in (
        "etc/gatepost",
        "run/systemd/system",
        LINKS,
        "sys/class/watchdog/watchdog0",
        "sys/class/rtc/rtc0",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("var/lib/gatepost-journal", "var/lib/gatepost/registry"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("gate.toml", "root.pub"):
        (tmp_path / "etc/gatepost" / name).touch(0o640)
    for unit in ("gate", "console", "sync"):
        (tmp_path / LINKS / f"gatepost-{unit}.service").symlink_to("/usr/lib/systemd/system/x")
    (tmp_path / TIMERS).mkdir()
    (tmp_path / TIMERS / "gatepost-renew.timer").symlink_to("/usr/lib/systemd/system/x")
    (tmp_path / "sys/class/watchdog/watchdog0/state").write_text("active\n")
    return tmp_path


def runs(_: Sequence[str]) -> int:
    """systemd says that all is enabled and active."""
    return 0


def found(root: Path) -> dict[str, CheckResult]:
    return {
        check.what: check for check in check_packaged(configured(), root, runs) if check.verdict != "good"
    }


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's files are root's")


@needs_root
def test_a_computer_on_which_all_is_well_has_nothing_to_do(root: Path) -> None:
    assert not found(root)


def test_a_gate_in_a_folder_is_asked_none_of_it(root: Path) -> None:
    assert not list(check_packaged(configured(IN_FOLDER), root))


@needs_root
@pytest.mark.parametrize("how", ["mode", "owner"])
def test_a_file_that_others_may_change_is_named(root: Path, how: str) -> None:
    file = root / "etc/gatepost/gate.toml"
    file.chmod(0o660) if how == "mode" else os.chown(file, 1, 1)
    assert str(file) in found(root)["files"].text


@needs_root
def test_a_gate_with_a_screen_has_its_page_start_with_the_computer(root: Path) -> None:
    """Else the screen stays dark after a power cut."""
    made = configured()
    shown = replace(made, prompts=replace(made.prompts, screen=True))
    [check] = [check for check in check_packaged(shown, root, runs) if check.verdict != "good"]
    assert check.remedy == "systemctl enable --now gatepost-screen.service"
    (root / LINKS / "gatepost-screen.service").symlink_to("/usr/lib/systemd/system/x")
    assert all(check.verdict == "good" for check in check_packaged(shown, root, runs))


def test_a_service_that_does_not_start_with_the_computer_is_named(root: Path) -> None:
    (root / LINKS / "gatepost-console.service").unlink()
    check = found(root)["services"]
    assert check.remedy == "systemctl enable --now gatepost-console.service"


def test_a_gate_that_takes_updates_has_their_units_start_with_the_computer(root: Path) -> None:
    (root / "etc/gatepost/update.toml").touch(0o640)
    units = ("gatepost-update.path", "gatepost-update-fetch.timer", "gatepost-update-recover.service")
    assert found(root)["services"].remedy == f"systemctl enable --now {' '.join(units)}"
    for unit in units:
        wants = "timers.target.wants" if unit.endswith("timer") else "multi-user.target.wants"
        (root / "etc/systemd/system" / wants / unit).symlink_to("/usr/lib/systemd/system/x")
    assert "services" not in found(root)
    ended = [*check_packaged(configured(), root, lambda words: 3 if "recover" in words[-1] else 0)]
    assert not [check for check in ended if (check.what, check.verdict) == ("services", "warning")]


def test_a_folder_that_is_missing_is_bad(root: Path) -> None:
    (root / "var/lib/gatepost-journal").rmdir()
    check = found(root)["card"]
    assert (check.verdict, check.remedy) == ("bad", "systemd-tmpfiles --create")


def test_a_card_that_is_read_only_is_bad(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = os.statvfs(root)
    flags = os.statvfs_result((*there[:8], there.f_flag | os.ST_RDONLY, there.f_namemax, there.f_fsid))
    monkeypatch.setattr(os, "statvfs", lambda _: flags)
    assert "read-only" in found(root)["card"].text


@pytest.mark.parametrize(("state", "told"), [("inactive", "nobody feeds it"), ("", "none that is on")])
def test_a_watchdog_that_nobody_feeds_is_said(root: Path, state: str, told: str) -> None:
    (root / "sys/class/watchdog/watchdog0/state").write_text(state)
    assert told in found(root)["watchdog"].text


def test_a_computer_without_a_battery_clock_is_said(root: Path) -> None:
    (root / "sys/class/rtc/rtc0").rmdir()
    assert "real-time clock" in found(root)["clock"].text


@needs_root
def test_a_service_that_does_not_run_and_a_renewal_that_is_not_enabled_are_named(root: Path) -> None:
    (root / TIMERS / "gatepost-renew.timer").unlink()
    stopped = list(
        check_packaged(configured(), root, lambda words: 3 * (words[-1] == "gatepost-sync.service"))
    )
    said = [check.text for check in stopped if check.what == "services"]
    assert said == [
        "do not start with the computer: gatepost-renew.timer",
        "do not run: gatepost-sync.service",
    ]


@needs_root
def test_a_systemd_that_cannot_be_asked_says_nothing_of_what_runs(root: Path) -> None:
    assert all(check.verdict == "good" for check in check_packaged(configured(), root, lambda _: 1))
