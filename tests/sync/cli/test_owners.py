"""What root's commands write belongs to the owner of the folder that it lies in, whatever the command."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import called

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can write as another user")
SERVICE = 64_001
"""A user of whom the system knows nothing but the number."""


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        os.chown(folder, SERVICE, SERVICE)
        yield folder


def run(place: Path, *words: str) -> None:
    done = called(*words, cwd=place)
    assert done.returncode == 0, (words, done.stderr)
    others = [path for path in place.rglob("*") if path.lstat().st_uid != SERVICE]
    assert not others, (words, others)


def test_every_command_that_writes_keeps_the_folders_owner(place: Path) -> None:
    site, key = ("--folder", "site"), ("--folder", "authority")
    config = ("--config", "centre/central.toml")
    run(place, "site", "init", "site", "--mode", "code")
    run(place, "subject", "create", "li-na", "--name", "Li Na", "--group", "resident", *site)
    run(place, "pass", "issue", "li-na", "--out", "li-na.png", *site)
    run(place, "registry", "build", *site)
    gate = place / "site" / "gates" / "main" / "gate.toml"
    gate.write_text(gate.read_text() + '\n[console]\ncertificate = "c.pem"\nkey = "c.key"\n')
    run(place, "console", "certify", "--name", "127.0.0.1", "--config", "site/gates/main/gate.toml")
    run(place, "central", "init", "centre", "--plain", "--take-over", "site")
    run(place, "central", "registry", "publish", "site", *config)
    run(place, "central", "registry", "publish", "--due", *config)
    run(place, "central", "registry", "revoke", "site", "--subject", "li-na", *config)
    run(place, "central", "user", "create", "wang", "operator", *config)
    run(place, "central", "user", "link", "create", "wang", *config)
    run(place, "central", "ca", "init", "--site", "x", "--host", "127.0.0.1", *key)
    run(place, "central", "ca", "code", "create", "gate-1", *key)
    run(place, "central", "ca", "issue", "other", *key)
    for folder in ("broker", "tls"):
        (place / folder).mkdir()
        os.chown(place / folder, SERVICE, SERVICE)
    run(place, "central", "ca", "renew", "--now", "--broker", "broker", "--central", "tls", *key)
    assert {path.name for path in (place / "tls").iterdir()} == {
        "services-ca.pem",
        "central-tls.pem",
        "central-tls.key",
    }
    assert (place / "tls" / "central-tls.key").stat().st_mode & 0o777 == 0o640
    before = (place / "broker" / "broker.pem").read_bytes()
    run(place, "central", "ca", "renew", "--broker", "broker", "--central", "tls", *key)
    assert (place / "broker" / "broker.pem").read_bytes() == before, "nothing is due"
