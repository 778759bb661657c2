"""update.toml: where a gate's new versions come from, and which of them it takes."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.errors import ConfigurationError
from edge.support.files import read_bounded
from edge.support.toml import load_toml

UPDATE_TOML = Path("/etc/gatepost/update.toml")
_MOST_ROOT_BYTES = 512_000
_REMEDY = "docs/updates.md lists every key"
_MISSING = "make one: docs/updates.md; without it this gate takes no updates by itself"


class Take(StrEnum):
    """Which versions a gate takes."""

    ASKED = "asked"  # those that the centre asks for, or a person here
    NEWEST = "newest"  # besides, the newest of its channel, as soon as it is found


class UpdateConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` is the repository's folder (its metadata in `metadata/`, its packages in `targets/`), by http or
    https: what comes is verified either way. `root` is the file of the first keys that are trusted; without
    it those of the package are. `take` says which versions. A fetch ends after `within` seconds.
    """

    url: Annotated[str, Meta(pattern=r"\Ahttps?://[^\s?#]+\Z", max_length=500, description="http(s)://…")]
    channel: Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9]{0,30}\Z")] = "stable"
    root: Path | None = None
    take: Take = Take.ASKED
    within: Annotated[float, Meta(ge=10, le=24 * 3600)] = 3600.0


def load_update_configuration(path: Path) -> UpdateConfiguration:
    """Read update.toml; raises ConfigurationError that names the file, the key and what to do."""
    return load_toml(path, UpdateConfiguration, _REMEDY, missing=_MISSING)


def shipped_root(prefix: Path = Path(sys.prefix)) -> Path:
    """Where a package has the keys that its maker trusts."""
    return prefix / "share" / "gatepost" / "update-root.json"


def root_of_trust(configuration: UpdateConfiguration, shipped: Path) -> bytes:
    """The first root that is believed; raises ConfigurationError where there is none."""
    path = configuration.root or shipped
    try:
        return read_bounded(path, _MOST_ROOT_BYTES, follow=True)
    except OSError as error:
        raise ConfigurationError(
            f"the root of trust cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="name the publisher's 1.root.json as root in update.toml: docs/updates.md",
        ) from None


def platform_words(os_release: str) -> str:
    """The Debian that /etc/os-release tells of, as packages name it: `deb12`; empty: it tells of none."""
    found = re.search(r'^VERSION_ID="?([0-9]{1,3})"?$', os_release, re.MULTILINE)
    known = re.search(r'^ID(?:_LIKE)?="?[^"\n]*\b(?:debian|raspbian)\b', os_release, re.MULTILINE)
    return f"deb{found.group(1)}" if found and known else ""
