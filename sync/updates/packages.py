"""What a package says of itself: its fields, and what it takes on disk."""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import msgspec

from edge.errors import ConfigurationError
from edge.support.decoding import Undecodable, json_of
from models import MODELS
from sync.updates.core import NamedModel, Platform, UpdateError

_NAME = re.compile(
    r"gatepost_(?P<version>[0-9a-z.]+)\+(?P<debian>deb[0-9]{1,3})_(?P<architecture>[a-z0-9]+)\.deb"
)
_SECONDS = 120
MODELS_FILE = Path("share", "gatepost", "models.json")
"""Where a version's folder says which models it can use that its package does not carry."""
_MOST_MODELS_BYTES = 64 * 1024
_FIELDS = re.compile(r"^(Package|Version|Architecture|Installed-Size): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A package's file, the version in it, and what it is built for; `unpacked` is bytes. `models` are those
    that its version can use and it does not carry.
    """

    path: Path
    version: str
    platform: Platform
    unpacked: int
    models: tuple[NamedModel, ...] = ()


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
    models = _models_named_in(path, version)
    return Package(path, version, platform, int(fields.get("Installed-Size") or 0) * 1024, models)


def models_beside(carried: Collection[str]) -> bytes:
    """What a package says, in `MODELS_FILE`, of the models that it does not carry. None is among them that a
    site has to ask for by its name.
    """
    beside = (entry for entry in MODELS if entry.name not in carried and not entry.only_by_name)
    return msgspec.json.encode([NamedModel(entry.name, entry.file, entry.usable) for entry in beside])


def _models_named_in(path: Path, version: str) -> tuple[NamedModel, ...]:
    """What `MODELS_FILE` in a package says; nothing where an older one has no such file."""
    wanted = str(PurePosixPath("opt/gatepost", version) / MODELS_FILE)
    command = ["/usr/bin/dpkg-deb", "--fsys-tarfile", str(path.resolve())]
    try:
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
            tarfile.open(fileobj=cast("BinaryIO", process.stdout), mode="r|") as archive,
        ):
            for member in archive:
                if member.name.removeprefix("./") == wanted and member.isreg():
                    file = archive.extractfile(member)
                    data = file.read(_MOST_MODELS_BYTES) if file is not None else b""
                    process.kill()
                    return json_of(data, tuple[NamedModel, ...], wanted)
    except (OSError, tarfile.TarError, Undecodable) as error:
        raise ConfigurationError(
            f"what models it names cannot be read: {error}",
            where=str(path),
            remedy="build it again: make deb",
        ) from None
    return ()


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
