"""Where RabbitMQ 4 is: Debian 13's package on this computer, or the same in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(os.environ.get("GATEPOST_RABBITMQ", "/var/tmp/gatepost-cluster/root"))  # noqa: S108 - a cache, root's own
_PROGRAM = "usr/lib/rabbitmq/bin/rabbitmq-server"
_MOUNT = """\
set -eu
root=$1 folder=$2 inside=$3; shift 3
mount --rbind "$folder" "$root$inside"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" "$@"
"""
"""In mounts of its own, which go with the process: nothing is left of them."""


@dataclass(frozen=True)
class Tree:
    """The root folder of the system that RabbitMQ is installed in."""

    root: Path

    @property
    def is_elsewhere(self) -> bool:
        return self.root != Path("/")

    def command(self, folder: Path, inside: Path, words: tuple[str, ...]) -> list[str]:
        """The command that runs `words` there, where `folder` is found at `inside`."""
        if not self.is_elsewhere:
            return list(words)
        mounts = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh"]
        return [*mounts, str(self.root), str(folder), str(inside), *words]


def found_tree() -> tuple[Tree | None, str]:
    """The tree, or None and why there is none."""
    if _version(Path("/")) >= 4:
        return Tree(Path("/")), ""
    if not (HERE / _PROGRAM).exists():
        return None, f"no RabbitMQ 4: `make cluster` fetches Debian 13's into {HERE}"
    if os.geteuid() != 0:
        return None, "RabbitMQ 4 is in a folder of its own, which only root may enter"
    return Tree(HERE), ""


def fetched_tree() -> Tree:
    """The tree, made where there is none. Raises CalledProcessError."""
    tree, _ = found_tree()
    if tree is not None:
        return tree
    HERE.parent.mkdir(parents=True, exist_ok=True)
    new = HERE.with_name("root.new")
    shutil.rmtree(new, ignore_errors=True)
    words = ["debootstrap", "--variant=minbase", "--include=rabbitmq-server", "trixie", str(new)]
    subprocess.run(words, check=True)
    new.rename(HERE)
    return Tree(HERE)


def _version(root: Path) -> int:
    found = sorted((root / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    return int(found[-1].name.partition("-")[2].partition(".")[0]) if found else 0
