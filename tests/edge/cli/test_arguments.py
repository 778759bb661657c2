"""Arguments that mean the same in every command."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from edge.cli.arguments import as_in_files, aware, named_or_usual
from edge.cli.main import told_default
from edge.decision import Mode


def test_a_file_is_the_one_named_else_that_of_this_folder_else_the_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Path("/etc/gatepost/gate.toml")
    monkeypatch.chdir(tmp_path)
    assert named_or_usual(Path("other.toml"), usual) == Path("other.toml")
    assert named_or_usual(None, usual) == usual
    (tmp_path / "gate.toml").touch()
    assert named_or_usual(None, usual) == Path("gate.toml")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_folder_that_is_another_users_has_no_file_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    os.seteuid(65_534)
    try:
        assert named_or_usual(None, Path("/etc/gatepost/gate.toml")) == Path("/etc/gatepost/gate.toml")
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_is_spelled_as_in_the_files(mode: Mode) -> None:
    assert as_in_files(mode.name) == mode.value
    assert as_in_files(mode.value.replace("_", "-")) == mode.value, "a dash is taken too"


def test_a_time_without_a_zone_is_utc() -> None:
    noon, zone = datetime(2026, 3, 1, 12), timezone(timedelta(hours=8))  # noqa: DTZ001
    assert aware(None) is None
    assert aware(noon) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert aware(noon.replace(tzinfo=zone)) == datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, False, "", (), Path()])
def test_a_default_that_says_nothing_is_not_shown(value: object) -> None:
    assert told_default(value) == ""


@pytest.mark.parametrize(
    ("value", "told"), [(3, "3"), (Mode.FACE_OR_CODE, "face_or_code"), (("a", "b"), "a, b"), (Path("x"), "x")]
)
def test_a_default_is_told_as_it_would_be_typed(value: object, told: str) -> None:
    assert told_default(value) == told
