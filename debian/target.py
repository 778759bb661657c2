"""What a package is built for: a release of Debian, and the processor."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

PYTHONS = {"12": "3.11", "13": "3.13"}
_SUITES = {"12": "bookworm", "13": "trixie"}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC = "2_36"
"""Debian 12's; Debian 13 has a newer one, which runs what was built for this one."""


@dataclass(frozen=True)
class Target:
    """A release of Debian ("12", "13") and a processor by Debian's name for it."""

    debian: str
    arch: str

    def __post_init__(self) -> None:
        if self.debian not in PYTHONS or self.arch not in MACHINES:
            raise SystemExit(
                f"no package is built for Debian {self.debian or 'of an unknown version'}, {self.arch}; "
                f"give DEBIAN={' or '.join(PYTHONS)} and ARCH={' or '.join(MACHINES)}"
            )

    @property
    def python(self) -> str:
        """The version of Python that this release has, the only one that its packages may use."""
        return PYTHONS[self.debian]

    @property
    def next_python(self) -> str:
        major, minor = self.python.split(".")
        return f"{major}.{int(minor) + 1}"

    @property
    def suite(self) -> str:
        return _SUITES[self.debian]

    @property
    def platform(self) -> str:
        """What uv calls it."""
        return f"{MACHINES[self.arch]}-manylinux_{_GLIBC}"


def this_machine() -> Target:
    """What this machine is, as far as packages are built for it."""
    machines = {machine: arch for arch, machine in MACHINES.items()}
    found = platform.machine()
    return Target(_debian_here(), machines.get(found, found))


def _debian_here() -> str:
    file = Path("/etc/debian_version")
    return file.read_text().partition(".")[0].strip() if file.is_file() else ""
