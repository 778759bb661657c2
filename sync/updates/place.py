"""Where the versions, what was fetched, and what is known of updates lie on a gate's disk."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.errors import GatepostError
from edge.support.decoding import Undecodable, json_of
from edge.support.files import Durability, make_folder, read_bounded, sync_folder, write_aside
from models import OF_A_GATE
from sync.updates.configuration import platform_words
from sync.updates.core import Platform, Standing, UpdateError

_MOST_BYTES = 256 * 1024
READABLE = 0o644
MODEL_FILES = "*.model"


@dataclass(frozen=True)
class Fetched:
    """The folder of the process that fetches, in which whatever lies is a stranger's."""

    folder: Path

    @property
    def metadata(self) -> Path:
        return self.folder / "metadata"

    @property
    def package(self) -> Path:
        return self.folder / "package.deb"

    @property
    def newest(self) -> Path:
        return self.folder / "newest.json"

    @property
    def ready(self) -> Path:
        """Names the version that was fetched; written last."""
        return self.folder / "ready.json"

    def model(self, sha256: str) -> Path:
        """Where the model file of this hash lies; what makes room looks for `MODEL_FILES`."""
        return self.folder / f"{sha256}.model"

    @property
    def answered(self) -> Path:
        """Names the order of the centre's that was answered last: fetched, or refused."""
        return self.folder / "answered.json"

    @property
    def unfetched(self) -> Path:
        """Says why the last fetch failed; not there: it did not."""
        return self.folder / "unfetched.json"

    @property
    def result(self) -> Path:
        """What systemd called the end of the last fetch, left by its unit."""
        return self.folder / "result"


@dataclass(frozen=True)
class Place:
    """`versions` is /opt/gatepost; `state` the folder of root's in which it keeps what it knows; `models`
    where every version looks for model files besides its own.
    """

    versions: Path = Path("/opt/gatepost")
    state: Path = Path("/var/lib/gatepost-apply")
    fetched: Fetched = Fetched(Path("/var/lib/gatepost-update"))
    report: Path = Path("/run/gatepost-trial/report.json")
    units: Path = Path("/etc/systemd/system")
    wanted: Path = Path("/var/lib/gatepost-wanted/version")
    models: Path = OF_A_GATE

    @property
    def current(self) -> Path:
        """The link to the version in force."""
        return self.versions / "current"

    @property
    def confirmed(self) -> Path:
        """The link to the version that has shown that it works: what recovers is started by it."""
        return self.versions / "confirmed"

    @property
    def recovers(self) -> Path:
        """The link by which systemd starts, with the computer, what goes on after a power cut."""
        return self.units / "multi-user.target.wants" / "gatepost-update-recover.service"

    @property
    def metadata(self) -> Path:
        return self.state / "metadata"

    @property
    def package(self) -> Path:
        return self.state / "package.deb"

    @property
    def model(self) -> Path:
        """Root's own copy of a model file, until it is where models lie."""
        return self.state / "model"

    @property
    def standing(self) -> Path:
        return self.state / "standing.json"

    def named_by_units(self) -> set[str]:
        """The versions that links of systemd's name, as `systemctl enable` makes them."""
        links = (path.readlink() for path in self.units.rglob("gatepost*") if path.is_symlink())
        inside = (link for link in links if link.is_relative_to(self.versions))
        return {link.relative_to(self.versions).parts[0] for link in inside}

    def folder_of(self, version: str) -> Path:
        return self.versions / version

    def named_by(self, link: Path) -> str:
        """The version that `link` names; empty: none."""
        try:
            target = link.readlink()
        except OSError:
            return ""
        return target.name if target.parent == Path() else ""


def read_standing(place: Place) -> Standing:
    """What is known of updates here. Raises UpdateError where the file is damaged."""
    try:
        return json_of(read_bounded(place.standing, _MOST_BYTES), Standing)
    except FileNotFoundError:
        return Standing()
    except (OSError, Undecodable) as error:
        raise UpdateError(
            f"cannot be read: {error}",
            where=str(place.standing),
            remedy="remove it: the gate goes on, and versions that failed are tried again",
        ) from None


def name_by(place: Place, link: Path, version: str) -> None:
    """Let `link` name `version`, by one rename; it lasts when this returns."""
    aside = place.versions / f".{link.name}.new"
    aside.unlink(missing_ok=True)
    aside.symlink_to(version)
    aside.replace(link)
    sync_folder(place.versions)


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """One exchange at a time; raises UpdateError while another one is under way."""
    make_folder(place.state, 0o755)
    with (place.state / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UpdateError(
                "another update is under way", where=str(place.state), remedy="wait for it"
            ) from None
        yield


def write_standing(place: Place, standing: Standing) -> None:
    """Keep what is known; it lasts when this returns."""
    write_aside(place.standing, msgspec.json.encode(standing), READABLE, Durability.LASTING)


def platform_here(os_release: Path = Path("/etc/os-release")) -> Platform:
    """The Debian and processor of this computer; raises UpdateError where it is no Debian."""
    try:
        debian = platform_words(read_bounded(os_release, _MOST_BYTES, follow=True).decode(errors="replace"))
        asked = subprocess.run(
            ["/usr/bin/dpkg", "--print-architecture"], capture_output=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _no_debian(f"what computer this is cannot be told: {error}") from None
    if not debian:
        raise _no_debian("is neither Debian nor Raspberry Pi OS")
    return Platform(debian, asked.stdout.decode(errors="replace").strip())


def _no_debian(what: str) -> GatepostError:
    return UpdateError(
        what, where="/etc/os-release", remedy="updates are for the packages of Debian 12 and 13"
    )
