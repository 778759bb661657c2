"""A publisher's repository, and the machine's own loopback as its mirror."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.lab.gate import Gate
from tests.lab.site import gatepost

PORT = 8099
UNIT = "lab-mirror.service"
HERE = "repository"
"""Where the mirror's files are in what the lab and the machine share."""


def empty_repository(folder: Path) -> Path:
    """A repository without a version, made anew in `folder`, where its keys are too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for role in ("root", "targets", "software", "models", "registry", "snapshot", "timestamp"):
        gatepost(folder, "update", "repository", "key", "create", role, folder / "keys")
    where = ("repository", "init", folder / "repository", "--keys", folder / "keys")
    gatepost(folder, "update", *where, "--threshold", "root=1")
    return folder / "repository"


def publish(repository: Path, package: Path) -> None:
    """Sign a package into a repository, by the keys beside it."""
    keys = ("--keys", repository.parent / "keys")
    gatepost(repository.parent, "update", "repository", "publish", repository, package, *keys)


def serve(gate: Gate, repository: Path) -> None:
    """Put the repository where the machine has its mirror, and have the gate look there and nowhere else."""
    share = gate.machine.share
    [root] = repository.glob("**/1.root.json")
    shutil.copy(root, share / "update-root.json")
    (share / "update.toml").write_text(
        f'url = "http://127.0.0.1:{PORT}"\nroot = "/etc/gatepost/update-root.json"\n'
    )
    gate.machine.run(
        "install -o root -g root -m 0644 /lab/update.toml /lab/update-root.json /etc/gatepost && "
        # Of another publisher it believes nothing.
        "rm -rf /var/lib/gatepost-update/metadata /var/lib/gatepost-apply/metadata && "
        "systemctl enable gatepost-update-recover.service"
    )
    fill(gate, repository)
    answer_by(gate, f"python3 -m http.server --bind 127.0.0.1 -d /lab/{HERE} {PORT}")


def fill(gate: Gate, repository: Path) -> None:
    """Let the mirror have what the publisher has."""
    shutil.rmtree(gate.machine.share / HERE, ignore_errors=True)
    shutil.copytree(repository, gate.machine.share / HERE)


def answer_by(gate: Gate, program: str) -> None:
    """Let another program be the mirror."""
    away(gate)
    gate.machine.run(f"systemd-run --unit {UNIT} {program}")


def away(gate: Gate) -> None:
    """Take the mirror away."""
    gate.machine.run(f"systemctl stop {UNIT} 2>/dev/null || true")
