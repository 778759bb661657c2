"""What a publisher says of one version, where its package lies in the repository, and who may take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta
from packaging.version import Version

from edge.errors import GatepostError
from edge.support.phrases import phrase
from sync.updates.core.causes import UpdateCause

MOST_PACKAGE_BYTES = 1 << 30
MOST_UNPACKED_BYTES = 4 << 30
MOST_MODEL_BYTES = 64 << 20
MOST_MODELS = 32

VERSION = r"[0-9]{1,5}(\.[0-9]{1,5}){1,3}((a|b|rc)[0-9]{1,3})?(\.post[0-9]{1,3})?(\.dev[0-9]{1,5})?"
_CHANNEL = r"[a-z][a-z0-9]{0,30}"
_PLATFORM = re.compile(r"[a-z0-9]{1,20}")
CHANNEL = re.compile(_CHANNEL)

VersionName = Annotated[str, Meta(pattern=rf"\A{VERSION}\Z", description="a version, as 0.2.0 or 1.4.2rc1")]
"""PEP 440 without the parts that systemd's unit names, or a folder's, could misread."""


ModelName = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,60}\Z")]
ModelFile = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,100}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class UpdateError(GatepostError):
    """A version cannot be fetched, is refused, or was taken back."""


class NamedModel(msgspec.Struct, frozen=True):
    """A model that a version's catalogue names and its package does not carry: any of these forms will do."""

    name: ModelName
    file: ModelFile
    sha256: Annotated[tuple[Sha256, ...], Meta(min_length=1, max_length=16)]


class ReleaseModel(msgspec.Struct, frozen=True):
    """A model file that comes with a version, besides its package."""

    name: ModelName
    file: ModelFile
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=MOST_MODEL_BYTES)]

    @property
    def path(self) -> str:
        return model_path(self.file, self.sha256)


class SoftwareRelease(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a publisher says of one version, signed with the package.

    `notes` is for people. A gate of a version below `minimum` goes to that one first. `schemas` are the
    versions of the databases that it writes, by the store's name. `changes` are codes of reasons: a decision
    for one of them, before or after, may be another one by this version. `unpacked` is bytes on disk.
    `models` come besides the package, each signed by the role for models.
    Unknown fields are ignored: a later publisher says more.
    """

    version: VersionName
    notes: Annotated[str, Meta(max_length=4000)] = ""
    minimum: Annotated[str, Meta(pattern=rf"\A({VERSION})?\Z")] = ""
    schemas: Annotated[dict[str, int], Meta(max_length=64)] = {}
    changes: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=200)] = ()
    unpacked: Annotated[int, Meta(ge=0, le=MOST_UNPACKED_BYTES)] = 0
    models: Annotated[tuple[ReleaseModel, ...], Meta(max_length=MOST_MODELS)] = ()


class NewestOfChannel(msgspec.Struct, frozen=True):
    """Which version of a channel is the newest that gates are to take."""

    version: VersionName


@dataclass(frozen=True)
class Platform:
    """What a package is built for: the Debian (`deb12`, `deb13`), whose Python it holds, and the processor
    as dpkg names it (`amd64`, `arm64`).
    """

    debian: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.debian} {self.architecture}"


def checked_version(text: str, where: str) -> str:
    """`text`, which is a version's name; raises UpdateError."""
    if re.fullmatch(VERSION, text) is None:
        raise UpdateError(
            phrase("%(text)r is no version", text=text[:60]), where=where, remedy=phrase("name one as 0.2.0")
        )
    return text


def channel_path(channel: str) -> str:
    """Where a repository says which version of `channel` is the newest."""
    return f"software/{channel}/newest.json"


def package_path(channel: str, version: str, platform: Platform) -> str:
    """Where a repository has the package of `version` for `platform`: made here, never read from it."""
    if not (_PLATFORM.fullmatch(platform.debian) and _PLATFORM.fullmatch(platform.architecture)):
        raise UpdateError(f"{platform} is no Debian and processor", where="/etc/os-release")
    return f"software/{channel}/gatepost_{version}+{platform.debian}_{platform.architecture}.deb"


def model_path(file: str, sha256: str) -> str:
    """Where a repository has a form of a model file: made here, never read from it."""
    return f"models/{sha256}.{file}"


def is_newer(version: str, than: str) -> bool:
    """Whether `version` comes after `than` (PEP 440)."""
    return Version(version) > Version(than)


def not_newer(version: str, running: str) -> UpdateError:
    """What is said of a version that is not newer than the one that runs."""
    return UpdateError(
        f"{version} {UpdateCause.NOT_NEWER} {running}, which runs",
        remedy="publish the older code under a new version; or at one gate: gatepost update back",
    )


def obstacle(release: SoftwareRelease, running: str, opens: Mapping[str, int]) -> UpdateError | None:
    """Why a gate that runs `running` may not take `release`; None: it may.

    `opens` is up to which version the running one opens each database. A version that writes a newer one is
    refused: the gate could not go back from it.
    """
    if not is_newer(release.version, running):
        return not_newer(release.version, running)
    if release.minimum and is_newer(release.minimum, running):
        return UpdateError(
            f"{release.version} is for gates of {release.minimum} or newer, this one runs {running}",
            remedy=f"take {release.minimum} first",
        )
    for store, version in sorted(release.schemas.items()):
        if store in opens and version > opens[store]:
            return UpdateError(
                f"{release.version} writes version {version} of the {store}, {running} opens {opens[store]}: "
                f"it could not be taken back",
                remedy="take a version between them first, which opens both (docs/updates.md)",
            )
    return None
