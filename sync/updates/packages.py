"""What a package says of itself: its fields, and what it takes on disk."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ConfigurationError
from sync.updates.core import Platform, UpdateError

_NAME = re.compile(
    r"gatepost_(?P<version>[0-9a-z.]+)\+(?P<debian>deb[0-9]{1,3})_(?P<architecture>[a-z0-9]+)\.deb"
)
_SECONDS = 120
_FIELDS = re.compile(r"^(Package|Version|Architecture|Installed-Size): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A package's file, the version in it, and what it is built for; `unpacked` is bytes."""

    path: Path
    version: str
    platform: Platform
    unpacked: int


def read_package(path: Path) -> Package:
    """What the package at `path` is; raises ConfigurationError where it is none of Gatepost's."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise ConfigurationError(
            "not named as a package of Gatepost is", where=str(path), remedy="gatepost_0.2.0+deb12_arm64.deb"
        )
    fields = package_fields(path)
    version, platform = named["version"], Platform(named["debian"], named["architecture"])
    wrong = misfit(fields, version, platform)
    if wrong:
        raise ConfigurationError(
            wrong, where=str(path), remedy="give the file the name that make deb gave it"
        )
    return Package(path, version, platform, int(fields.get("Installed-Size") or 0) * 1024)


def package_fields(path: Path) -> dict[str, str]:
    """The fields of a package that matter here; raises UpdateError where it is none."""
    try:
        done = subprocess.run(
            ["/usr/bin/dpkg-deb", "--field", str(path.resolve())],
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        what = said.decode(errors="replace").strip().splitlines()[-1:]
        raise UpdateError(f"no Debian package: {' '.join(what)[:200]}", where=str(path)) from None
    return dict(_FIELDS.findall(done.stdout.decode(errors="replace")))


def misfit(fields: dict[str, str], version: str, platform: Platform) -> str:
    """What of a package's fields is not as expected; empty: all are."""
    expected = {
        "Package": "gatepost",
        "Version": f"{version}+{platform.debian}",
        "Architecture": platform.architecture,
    }
    wrong = [
        f"{name} is {fields.get(name, 'missing')[:60]}, expected {value}"
        for name, value in expected.items()
        if fields.get(name) != value
    ]
    return "; ".join(wrong)
