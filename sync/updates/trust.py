"""What of a repository is believed: TUF's client over a way to get bytes, and a clock that can be right.

The process that fetches uses it over the network, the one that applies over the files that the first one
left: each verifies everything, with trusted metadata of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from tuf.api import exceptions
from tuf.api.metadata import Metadata, TargetFile, Targets
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge.support.decoding import Undecodable, json_of
from edge.support.files import make_folder
from edge.support.toml_words import in_words
from sync.updates.core import (
    MOST_MODEL_BYTES,
    MOST_PACKAGE_BYTES,
    NewestOfChannel,
    Platform,
    ReleaseModel,
    SoftwareRelease,
    UpdateCause,
    UpdateError,
    channel_path,
    model_path,
    package_path,
)
from sync.updates.deadlines import over_after

_MOST_NEWEST_BYTES = 4096
_EPOCH = 1_735_689_600.0
"""2025-01-01: no clock that is right tells an earlier time."""
LIMITS = UpdaterConfig(max_root_rotations=64, max_delegations=8, snapshot_max_length=200_000)


@dataclass(frozen=True)
class Offered:
    """A package that the repository's keys vouch for."""

    release: SoftwareRelease
    target: TargetFile

    @property
    def on_disk(self) -> int:
        """Bytes that it takes unpacked, as its publisher says, or else at a guess."""
        return max(self.release.unpacked or 4 * self.target.length, self.target.length)


class Repository:
    """The verified view of the repository at `url` that `fetcher` reaches; trusted metadata is kept in
    `folder`. `root` is the first root that is believed.
    """

    def __init__(self, url: str, folder: Path, root: bytes, fetcher: FetcherInterface) -> None:
        make_folder(folder)
        base = url.rstrip("/")
        with _named(url):
            self._client = Updater(
                str(folder),
                f"{base}/metadata/",
                str(folder),
                f"{base}/targets/",
                fetcher,
                LIMITS,
                bootstrap=root,
            )
        self._url = url
        self._folder = folder

    def refresh(self) -> None:
        """Verify the newest metadata; raises UpdateError."""
        with _named(self._url):
            self._client.refresh()

    def newest(self, channel: str, copy: Path) -> str:
        """The newest version of `channel`, of which a copy is left; raises UpdateError."""
        path = channel_path(channel)
        target = self._target(path)
        if target is None:
            raise UpdateError(f"there is no channel {channel!r}", where=self._url, remedy="see update.toml")
        if target.length > _MOST_NEWEST_BYTES:
            raise UpdateError(
                f"{path} has {target.length} bytes", where=self._url, remedy="tell its publisher"
            )
        self.download(target, copy)
        try:
            return json_of(copy.read_bytes(), NewestOfChannel, path).version
        except Undecodable as error:
            raise UpdateError(str(error), where=self._url, remedy="tell its publisher") from None

    def offered(self, channel: str, version: str, platform: Platform) -> Offered:
        """The package of `version` for `platform`; raises UpdateError where no key vouches for one."""
        path = package_path(channel, version, platform)
        target = self._target(path)
        if target is None:
            raise UpdateError(
                f"{UpdateCause.NOT_OFFERED} {version} for {platform} "
                "that its publisher's role for software signed",
                where=f"{self._url}, {path}",
                remedy="name another version, or have it published for this Debian and processor",
            )
        if target.length > MOST_PACKAGE_BYTES:
            raise UpdateError(
                f"{path} has {target.length} bytes, most is {MOST_PACKAGE_BYTES}", where=self._url
            )
        return Offered(_release_of(target, version, self._url), target)

    def model_form(self, file: str, sha256: str) -> TargetFile | None:
        """A form of a model file that the role for models vouches for; None: for none of that hash.

        Raises UpdateError.
        """
        target = self._target(model_path(file, sha256))
        fits = target is not None and target.hashes.get("sha256") == sha256
        return target if fits and target is not None and target.length <= MOST_MODEL_BYTES else None

    def model_file(self, model: ReleaseModel) -> TargetFile:
        """The file of `model`; raises UpdateError where the role for models does not vouch for just that."""
        target = self._target(model.path)
        if target is None:
            also = "; its role for software names it, and may not" if self._software_names(model.path) else ""
            raise UpdateError(
                f"its publisher's role for models has not signed {model.path}{also}",
                where=self._url,
                remedy="try another mirror; or ask its publisher",
            )
        signed = target.hashes.get("sha256", "no sha256")
        if (signed, target.length) != (model.sha256, model.size):
            raise UpdateError(
                f"its publisher's role for models signed {signed}, {target.length} bytes, as {model.path}; "
                f"its role for software names {model.sha256}, {model.size} bytes",
                where=self._url,
                remedy="ask its publisher: one of the two has lost its keys",
            )
        return target

    def download(self, target: TargetFile, copy: Path) -> None:
        """Put the verified bytes of `target` at `copy`; raises UpdateError."""
        with _named(self._url):
            self._client.download_target(target, str(copy))

    def kept(self, target: TargetFile, copy: Path) -> bool:
        """Whether `copy` is `target` already, whole."""
        return self._client.find_cached_target(target, str(copy)) is not None

    def _software_names(self, path: str) -> bool:
        """Whether the role for software, which was believed, names a file that is not its own."""
        with _named(self._url):
            return path in Metadata[Targets].from_file(str(self._folder / "software.json")).signed.targets

    def _target(self, path: str) -> TargetFile | None:
        with _named(self._url):
            return self._client.get_targetinfo(path)


@contextmanager
def timed(url: str, seconds: float) -> Iterator[None]:
    """End the block with UpdateError once so many seconds are over, whatever `url` sends."""
    with _named(url), over_after(seconds):
        yield


def plausible(now: Callable[[], datetime], floor: float) -> float:
    """The time now (seconds since 1970), where the clock can be right; raises UpdateError.

    What has expired is judged by it: a clock that went back would let old metadata pass for fresh.
    """
    at = now().timestamp()
    earliest = max(floor, _EPOCH)
    if at < earliest:
        known = datetime.fromtimestamp(earliest, UTC)
        raise UpdateError(
            f"{UpdateCause.CLOCK} {now():%Y-%m-%d %H:%M} UTC, and it is later than {known:%Y-%m-%d %H:%M}",
            where="clock",
            remedy="set it, or wait for time synchronisation: timedatectl",
        )
    return at


# --- inside --------------------------------------------------------------------------------


def _release_of(target: TargetFile, version: str, url: str) -> SoftwareRelease:
    try:
        release = msgspec.convert(target.custom, SoftwareRelease)
    except msgspec.ValidationError as error:
        raise UpdateError(
            f"its release notes are wrong: {in_words(error, SoftwareRelease)}",
            where=url,
            remedy="tell its publisher",
        ) from None
    if release.version != version:
        raise UpdateError(
            f"the package of {version} says that it is {release.version}",
            where=url,
            remedy="tell its publisher",
        )
    return release


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Say what TUF's errors mean to somebody at a gate."""
    try:
        yield
    except exceptions.ExpiredMetadataError as error:
        what = f"{UpdateCause.FROZEN}: the repository, or a mirror of it, is frozen ({error})"
        raise UpdateError(what, where=url, remedy="check the clock; then ask its publisher") from None
    except exceptions.UnsignedMetadataError as error:
        what = f"{UpdateCause.UNSIGNED} ({error})"
        remedy = "check url and root in update.toml; then ask its publisher"
        raise UpdateError(what, where=url, remedy=remedy) from None
    except (exceptions.BadVersionNumberError, exceptions.EqualVersionNumberError) as error:
        what = f"{UpdateCause.BEHIND} ({error})"
        raise UpdateError(
            what, where=url, remedy="a mirror that is behind: try later, or another one"
        ) from None
    except exceptions.DownloadLengthMismatchError as error:
        raise UpdateError(f"{UpdateCause.TOO_MUCH} ({error})", where=url, remedy=_ANOTHER) from None
    except exceptions.LengthOrHashMismatchError as error:
        raise UpdateError(f"{UpdateCause.ALTERED} ({error})", where=url, remedy=_ANOTHER) from None
    except exceptions.SlowRetrievalError:
        raise UpdateError(UpdateCause.SLOW.value, where=url, remedy=_ANOTHER) from None
    except exceptions.DownloadError as error:
        raise UpdateError(
            f"{UpdateCause.UNREACHED} ({error})", where=url, remedy="check the network and url"
        ) from None
    except (exceptions.RepositoryError, ValueError) as error:
        raise UpdateError(f"its metadata is wrong ({error})", where=url, remedy="ask its publisher") from None


_ANOTHER = "try later, or another mirror: nothing was changed"
