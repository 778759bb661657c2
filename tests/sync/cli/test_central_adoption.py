"""`gatepost central gate revoke` says what came of each part, and ends with 1 where one was not reached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.ca.certificate_authority import DEVICES, init_certificate_authority
from sync.central.configuration import load_configuration
from sync.central.devices.devices import enrol_device
from sync.central.store import open_store
from sync.cli import central_adoption
from sync.cli.central_adoption import revoke_at_once
from sync.transport.clock import wall
from tests.command_line import called

DEVICE = "green-court.main"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A centre with its authority beside it; no broker is there whose connection could be ended."""
    done = called("central", "init", tmp_path / "centre", "--plain")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "centre" / "central.toml"
    placed = called("central", "site", "set", "green-court", "--config", file)
    assert placed.returncode == 0, placed.stderr
    store = open_store(load_configuration(file).store.url)
    with store.writing() as connection:
        enrol_device(connection, DEVICE, ("green-court", "main"), bytes(32), wall())
    store.close()
    init_certificate_authority(
        tmp_path / "authority", "green-court", lambda: datetime.now(UTC), ("localhost",)
    )
    (tmp_path / "devices.crl").touch()
    monkeypatch.setattr(central_adoption, "_connection_ended", lambda *_: "it is not connected")
    return file


def revoked(config: Path) -> tuple[str, int]:
    folder = config.parents[1]
    said, code = revoke_at_once(config, folder / "authority", folder / "devices.crl", DEVICE, "tester")
    return "; ".join(said), code


@pytest.mark.parametrize(
    ("reload", "code", "says"),
    [
        (("true",), 0, "the broker has read the list"),
        (("sh", "-c", "echo no kill >&2; exit 1"), 1, "did not read it: no kill"),
        (("/nowhere/systemctl",), 1, "did not read it: "),
    ],
    ids=["reloads", "fails", "is not there"],
)
def test_a_broker_that_did_not_read_the_list_is_a_part_that_was_not_reached(
    config: Path, monkeypatch: pytest.MonkeyPatch, reload: tuple[str, ...], code: int, says: str
) -> None:
    monkeypatch.setattr(central_adoption, "_RELOAD", reload)
    text, ended = revoked(config)
    assert says in text
    assert "it has no certificate left that counts" in text
    assert ended == code
    kept = config.parents[1]
    assert (kept / "devices.crl").read_bytes() == (kept / "authority" / f"{DEVICES}.crl").read_bytes()


@contextmanager
def another_user(folder: Path) -> Iterator[None]:
    """Ours may not look into `folder`: as root by being nobody, else by its mode."""
    is_root = os.geteuid() == 0
    folder.chmod(0o700 if is_root else 0)
    try:
        if is_root:
            os.setresuid(65534, 65534, 0)
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        folder.chmod(0o700)


def test_an_authority_that_is_another_users_is_left_to_its_door(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Callable[..., tuple[list[str], int]] = central_adoption._certificates_revoked

    def as_another(*words: object) -> tuple[list[str], int]:
        with another_user(config.parents[1] / "authority"):
            return asked(*words)

    monkeypatch.setattr(central_adoption, "_certificates_revoked", as_another)
    text, code = revoked(config)
    assert "its door revokes the certificates next" in text
    assert code == 0
