"""The commands of authority and device, as a person gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Done, called
from tests.forked import gatepost as gatepost_process
from tests.forked import wait
from tests.ports import free_port
from tests.sync.services import is_open
from tests.waiting import PATIENT, soon


def gatepost(folder: Path, *words: str) -> Done:
    return called(*words, cwd=folder)


AUTHORITY = ("--folder", "authority")
IDENTITY = ("--folder", "identity")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    made = gatepost(
        tmp_path, "central", "ca", "init", "--site", "green-court", "--host", "127.0.0.1", *AUTHORITY
    )
    assert made.returncode == 0, made.stderr
    port = free_port()
    line = ("central", "ca", "run", "--listen", "127.0.0.1", "--port", f"{port}")
    log = tmp_path / "log"
    process = gatepost_process((*line, "--folder", tmp_path / "authority"), log, log)
    soon(lambda: not process.is_alive() or is_open(port))
    assert process.is_alive(), log.read_text()
    yield f"https://127.0.0.1:{port}"
    process.terminate()
    wait(process, PATIENT)


def test_a_device_from_its_code_to_its_revocation(served: str, tmp_path: Path) -> None:
    told = gatepost(tmp_path, "central", "ca", "code", "create", "gate-1", *AUTHORITY).stdout
    [code] = re.findall(r"--code (\S+)", told)
    [fingerprint] = re.findall(r"--fingerprint (\S+)", told)
    words = ("device", "enrol", "gate-1", "--url", served, *IDENTITY)
    wrong = gatepost(tmp_path, *words, "--code", code, "--fingerprint", "0" * 64)
    assert wrong.returncode == 1
    assert "fingerprint" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    enrolled = gatepost(tmp_path, *words, "--code", code, "--fingerprint", fingerprint)
    assert enrolled.returncode == 0, enrolled.stderr
    assert "gatepost central gate create gate-1" in enrolled.stdout
    for name in ("device.key", "message.key"):
        assert (tmp_path / "identity" / name).stat().st_mode & 0o077 == 0
    assert "not due" in gatepost(tmp_path, "device", "renew", *IDENTITY).stdout
    assert "renewed" in gatepost(tmp_path, "device", "renew", *IDENTITY, "--now").stdout
    assert gatepost(tmp_path, "device", "show", *IDENTITY).stdout.startswith("gate-1 until")

    assert (
        "2 certificates revoked" in gatepost(tmp_path, "central", "ca", "revoke", "gate-1", *AUTHORITY).stdout
    )
    refused = gatepost(tmp_path, "device", "renew", *IDENTITY, "--now")
    assert refused.returncode == 1
    assert "revoked" in refused.stderr
    listed = gatepost(tmp_path, "central", "ca", "list", *AUTHORITY).stdout
    assert len(re.findall(r"^devices\s+gate-1\s+revoked", listed, re.MULTILINE)) == 2
    assert len(re.findall(r"^services\s+\S+\s+valid", listed, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("central", "ca", "show", *AUTHORITY), "gatepost central ca init"),
        (("central", "ca", "code", "create", "gate-1", *AUTHORITY), "gatepost central ca init"),
        (("device", "renew", "--folder", "nowhere", "--now"), "gatepost device enrol"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = gatepost(tmp_path, *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_what_the_authority_makes_can_be_copied_beside_what_a_centre_makes(tmp_path: Path) -> None:
    """Else central.key, of which every gate holds the other half, would be replaced by a key for TLS."""
    made = gatepost(tmp_path, "central", "ca", "init", "--site", "x", "--host", "127.0.0.1", *AUTHORITY)
    assert made.returncode == 0, made.stderr
    assert gatepost(tmp_path, "central", "init", "centre").returncode == 0
    names = {file.name for file in (tmp_path / "authority").iterdir()}
    assert names.isdisjoint(file.name for file in (tmp_path / "centre").iterdir())
    text = (tmp_path / "centre" / "central.toml").read_text()
    assert "port = 8884" in text, "8883 is for devices: there the broker does not know central's authority"
    assert set(re.findall(r'"([a-z-]+\.(?:pem|key))"', text)) - {"central.key"} <= names
