"""A version is put in force, or refused and said why, and taken back where it does not work."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.updates.core import Platform, TrialReport
from sync.updates.host import GATE, OTHERS
from sync.updates.place import read_standing
from sync.updates.space import SPARE
from tests.sync.updates.lab import NEW, OLD, PI, Gate, differs, package


def test_a_version_that_works_is_put_in_force_in_order(ready: Gate) -> None:
    assert ready.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)
    assert (ready.in_force, ready.systemd.running) == (NEW, NEW)
    assert ready.place.named_by(ready.place.confirmed) == NEW
    others = [f"try-restart {unit}" for unit in OTHERS]
    assert ready.systemd.done == [f"try {NEW}", "daemon-reload", f"restart {GATE}", *others, f"try {OLD}"]
    assert ready.apply() is None, "it waits no more"
    assert sorted(path.name for path in ready.place.versions.iterdir()) == [OLD, NEW, "confirmed", "current"]


def test_only_its_own_folder_is_unpacked_with_no_rights_beyond(ready: Gate) -> None:
    before = os.umask(0o077)  # as the command line's is
    try:
        ready.apply()
    finally:
        os.umask(before)
    program = ready.place.folder_of(NEW) / "bin" / "gatepost"
    assert {folder.stat().st_mode & 0o777 for folder in program.parents[:2]} == {0o755}, "for the gate's user"
    assert program.stat().st_mode & 0o7777 == 0o755, "the set-user-id bit is gone"
    assert not list(ready.folder.rglob("copyright"))


def test_a_version_that_a_link_of_systemds_names_is_kept(ready: Gate) -> None:
    wants = ready.place.units / "multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    unit = ready.place.folder_of(OLD) / "lib" / "systemd" / "system" / "gatepost-gate.service"
    (wants / unit.name).symlink_to(unit)
    ready.apply()
    ready.publisher.publish("0.3.0")
    ready.fetch("0.3.0")
    ready.apply()
    assert ready.place.folder_of(OLD).is_dir(), "the gate's unit lies in it"


def test_the_version_after_next_leaves_the_one_before_it(ready: Gate) -> None:
    ready.apply()
    ready.publisher.publish("0.3.0")
    ready.fetch("0.3.0")
    assert ready.apply() == SoftwareUpdateEnded(2, "0.3.0", NEW, UpdateEnd.INSTALLED)
    assert sorted(path.name for path in ready.place.versions.iterdir()) == [
        NEW,
        "0.3.0",
        "confirmed",
        "current",
    ]


BAD = ("camera: gives no picture",)
TRIALS: list[tuple[TrialReport, str]] = [
    (
        TrialReport(NEW, differing=1, differ=(differs(7, "face_matched", "face_unknown"),)),
        "event 7 was grant, face_matched, would be deny, face_unknown, which the release does not declare",
    ),
    (TrialReport(NEW, bad=BAD), "it finds what 0.1.0 does not: camera: gives no picture"),
    (TrialReport(NEW, problem="gate.toml: unknown key"), "its trial came to no end: gate.toml: unknown key"),
    (TrialReport("0.2.1"), "what lies in 0.2.0 says that it is 0.2.1"),
]


@pytest.mark.parametrize(("report", "why"), TRIALS, ids=[why[:30] for _, why in TRIALS])
def test_a_version_whose_trial_is_bad_is_not_put_in_force_nor_tried_again(
    ready: Gate, report: TrialReport, why: str
) -> None:
    ready.systemd.reports[NEW] = report
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert (said.how, ready.in_force) == (UpdateEnd.REFUSED, OLD)
    assert why in said.why
    assert f"restart {GATE}" not in ready.systemd.done
    assert not ready.place.folder_of(NEW).exists()
    ready.systemd.reports.clear()
    ready.fetch()
    again = ready.apply()
    assert isinstance(again, SoftwareUpdateEnded)
    assert "did not work here" in again.why
    ready.fetch()
    assert ready.apply(again=True) == SoftwareUpdateEnded(3, NEW, OLD, UpdateEnd.INSTALLED)
    assert read_standing(ready.place).failed == {}


def test_nothing_is_put_in_force_where_nothing_would_recover_from_a_power_cut(ready: Gate) -> None:
    """update.toml that was made after setup: its units are not enabled."""
    ready.place.recovers.unlink()
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert (said.how, ready.in_force) == (UpdateEnd.REFUSED, OLD)
    assert "gatepost-update-recover.service" in said.why
    assert read_standing(ready.place).failed == {}


@pytest.mark.parametrize(
    "report",
    [
        TrialReport(NEW, differing=1, differ=(differs(7, "outside_hours", "face_unknown"),)),
        TrialReport(NEW, differing=1, differ=(differs(7, "face_matched", "outside_hours"),)),
    ],
)
def test_what_the_release_declares_may_be_decided_otherwise(ready: Gate, report: TrialReport) -> None:
    ready.systemd.reports[NEW] = report
    assert ready.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)


def test_what_is_bad_with_the_running_version_too_is_no_reason_to_stay(ready: Gate) -> None:
    ready.systemd.reports |= {NEW: TrialReport(NEW, bad=BAD), OLD: TrialReport(OLD, bad=BAD)}
    assert ready.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)


def test_where_the_running_version_cannot_be_compared_with_the_new_one_is_not_to_blame(ready: Gate) -> None:
    ready.systemd.reports[NEW] = TrialReport(NEW, bad=BAD)
    ready.systemd.faults[OLD] = "trial dies"
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert said.how is UpdateEnd.REFUSED
    assert "the trial of 0.1.0 told nothing" in said.why
    assert read_standing(ready.place).failed == {}


@pytest.mark.parametrize(
    ("fault", "why"), [("does not start", "took longer than"), ("probe lost", "its probe does not answer")]
)
def test_a_version_that_does_not_work_is_taken_back(ready: Gate, fault: str, why: str) -> None:
    ready.systemd.faults[NEW] = fault
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert said.how is UpdateEnd.WENT_BACK
    assert why in said.why
    assert (ready.in_force, ready.systemd.running) == (OLD, OLD)
    assert ready.place.named_by(ready.place.confirmed) == OLD
    assert list(read_standing(ready.place).failed) == [NEW]
    assert not ready.place.folder_of(NEW).exists()


@pytest.mark.parametrize(
    ("fault", "restarts", "starts"),
    [
        ("does not start", "", [(NEW, NEW), (OLD, OLD)]),
        ("does not start", "after", [(NEW, NEW), (OLD, OLD)]),
        ("does not start", "before", [(NEW, NEW), (OLD, NEW), (OLD, OLD)]),
        ("probe lost", "", [(NEW, NEW), (OLD, OLD)]),
    ],
)
def test_the_version_before_starts_once_by_its_own_units(
    ready: Gate, fault: str, restarts: str, starts: list[tuple[str, str]]
) -> None:
    """What `Restart=` has started by then is not stopped for another start; by others' units it is."""
    ready.systemd.faults[NEW], ready.systemd.restarts = fault, restarts
    ready.apply()
    assert (ready.in_force, ready.systemd.running) == (OLD, OLD)
    assert ready.systemd.starts == starts


def test_a_version_that_decides_otherwise_once_in_force_is_taken_back(ready: Gate) -> None:
    """The version before looks at what the new one decides."""
    ready.systemd.reports[OLD] = TrialReport(
        OLD, differing=1, differ=(differs(50, "face_unknown", "face_matched"),)
    )
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert (said.how, ready.in_force) == (UpdateEnd.WENT_BACK, OLD)
    assert "event 50" in said.why


# --- refused before anything of it runs ----------------------------------------------------------


def without_fetching(gate: Gate) -> None:
    gate.now = lambda: datetime(1970, 1, 1, tzinfo=UTC)


def clock_before_the_floor(gate: Gate) -> None:
    gate.publisher.publish("0.1.1")
    gate.fetch("0.1.1")
    gate.apply()
    gate.fetch()
    gate.now = lambda: datetime.now(UTC) - timedelta(days=2)


def another_package(gate: Gate) -> None:
    gate.place.fetched.package.write_bytes(
        package(gate.folder, "0.2.0", Platform("deb13", "arm64")).read_bytes()
    )


def cut_off(gate: Gate) -> None:
    data = gate.place.fetched.package.read_bytes()
    gate.place.fetched.package.write_bytes(data[:-1000])


def endless(gate: Gate) -> None:
    gate.place.fetched.package.write_bytes(gate.place.fetched.package.read_bytes() + bytes(1 << 20))


def a_link_in_its_place(gate: Gate) -> None:
    gate.place.fetched.package.unlink()
    gate.place.fetched.package.symlink_to("/etc/passwd")


def unsigned(gate: Gate) -> None:
    path = gate.place.fetched.metadata / "timestamp.json"
    path.write_text(
        path.read_text().replace('"version": 4', '"version": 9').replace('"version":4', '"version":9')
    )


def of_another_publisher(gate: Gate) -> None:
    gate.publisher = type(gate.publisher)(gate.folder / "another")
    gate.publisher.begin()


REFUSED: list[tuple[Callable[[Gate], None], str]] = [
    (without_fetching, "the clock says 1970-01-01"),
    (clock_before_the_floor, "and it is later than"),
    (another_package, "not what was signed"),
    (cut_off, "not what was signed"),
    (endless, "sends more than it may"),
    (a_link_in_its_place, "was not fetched"),
    (unsigned, "not signed by the keys that this gate trusts"),
    (of_another_publisher, "not signed by the keys that this gate trusts"),
]


@pytest.mark.parametrize(("spoil", "why"), REFUSED, ids=[spoil.__name__ for spoil, _ in REFUSED])
def test_what_is_wrong_with_what_was_fetched_is_said_with_what_to_do(
    ready: Gate, spoil: Callable[[Gate], None], why: str
) -> None:
    spoil(ready)
    before, done = ready.in_force, len(ready.systemd.done)
    said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert said.how is UpdateEnd.REFUSED
    assert why in said.why
    assert said.why.endswith(")"), "what to do"
    assert ready.in_force == before
    assert ready.systemd.done[done:] == [], "nothing of it ran"
    assert read_standing(ready.place).failed == {}, "the version is not to blame"


@pytest.mark.parametrize(
    ("version", "said_of_it", "why"),
    [
        ("0.0.9", {}, "0.0.9 is not newer than 0.1.0, which runs"),
        ("0.3.0", {"minimum": "0.2.0"}, "is for gates of 0.2.0 or newer"),
        ("0.3.0", {"schemas": {"journal": 2}}, "it could not be taken back"),
    ],
)
def test_a_version_that_this_gate_cannot_take_is_refused(
    gate: Gate, version: str, said_of_it: dict[str, Any], why: str
) -> None:
    gate.publisher.publish(version, **said_of_it)
    gate.fetch(version)
    said = gate.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert (said.how, gate.in_force) == (UpdateEnd.REFUSED, OLD)
    assert why in said.why


def test_a_card_that_is_full_is_found_before_anything_is_written(
    ready: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = ready.place.fetched.package.stat().st_size
    usage = type(
        "Usage", (), {"free": SPARE + size}
    )  # room for the copy, and none for what is unpacked of it
    monkeypatch.setattr("edge.support.disks.shutil.disk_usage", lambda _: usage)
    steps: list[str] = []
    said = ready.apply(steps.append)
    assert isinstance(said, SoftwareUpdateEnded)
    assert "have to stay free" in said.why
    assert steps == ["leftovers removed"], "nothing was copied"
    assert not ready.place.folder_of(NEW).exists()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """As on a card that fills up meanwhile: what is written beyond so many bytes of a file fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_where_the_card_fails_meanwhile_it_is_said_and_no_package_is_left(ready: Gate) -> None:
    with no_file_beyond(ready.place.fetched.package.stat().st_size - 1):
        said = ready.apply()
    assert isinstance(said, SoftwareUpdateEnded)
    assert (said.how, ready.in_force) == (UpdateEnd.REFUSED, OLD)
    assert "File too large" in said.why
    assert not list(ready.folder.rglob("package.deb"))
    assert read_standing(ready.place).failed == {}, "the version is not to blame"
    ready.fetch()
    assert ready.apply() == SoftwareUpdateEnded(2, NEW, OLD, UpdateEnd.INSTALLED)


def test_what_was_applied_takes_no_room_any_more(ready: Gate) -> None:
    ready.apply()
    assert not list(ready.folder.rglob("package.deb"))


def test_a_version_for_another_debian_is_not_to_be_had(gate: Gate) -> None:
    with pytest.raises(Exception, match=r"there is no version 0.2.0 for deb13 arm64"):
        gate.fetch(platform=Platform("deb13", PI.architecture))
