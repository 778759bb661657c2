"""Where the lab keeps what it makes: kernel, bare systems, disks of machines, what they said."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "GATEPOST_LAB"
DEFAULT = "/var/tmp/gatepost-lab"  # noqa: S108 - kept over restarts, and no secret is in it
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """One folder, and what lies in it. What can be made again is made where it is missing."""

    folder: Path

    @classmethod
    def of_environment(cls) -> Places:
        return cls(Path(os.environ.get(VARIABLE) or DEFAULT))

    @property
    def kernel(self) -> Path:
        """Where the kernel is built; `bzImage` and `modules/` in it are what machines take."""
        return self.folder / "kernel"

    @property
    def image(self) -> Path:
        return self.kernel / "bzImage"

    @property
    def modules(self) -> Path:
        return self.kernel / "modules"

    def root(self, suite: str) -> Path:
        """The bare system of a release of Debian, as a folder."""
        return self.folder / "roots" / suite

    def disk(self, suite: str) -> Path:
        """The same as a disk, with the lab's own units in it. Machines write to layers above it."""
        return self.folder / "disks" / f"{suite}.raw"

    def layer(self, suite: str, name: str) -> Path:
        return self.folder / "disks" / f"{suite}-{name}.qcow2"

    def machine(self, name: str) -> Path:
        """What one running machine has: its sockets, its console's log, the folder it shares."""
        return self.folder / "machines" / name
