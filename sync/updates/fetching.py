"""Fetches a version: in bounded time and size, without rights, into a folder that nobody believes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from edge.support.acting import acting_as_owner
from edge.support.decoding import Undecodable, json_of
from edge.support.files import READABLE_BY_GROUP, make_folder, read_bounded, write_aside
from sync.updates.configuration import Take, UpdateConfiguration
from sync.updates.core import (
    Platform,
    SoftwareRelease,
    UpdateCause,
    UpdateError,
    checked_version,
    is_newer,
    not_newer,
)
from sync.updates.model_files import fetch_models, missing_models
from sync.updates.place import Fetched, Place
from sync.updates.space import refuse_full
from sync.updates.trust import Repository, plausible, timed
from sync.updates.web_fetcher import WebFetcher

_MOST_WANTED_BYTES = 200


class Ready(msgspec.Struct, frozen=True):
    """Which version lies fetched."""

    version: str


class NotFetched(UpdateError):
    """`version` could not be fetched."""

    def __init__(self, version: str, error: UpdateError) -> None:
        super().__init__(error.what, where=error.where, remedy=error.remedy)
        self.version = version


class Order(msgspec.Struct, frozen=True):
    """The version that the centre asks for ("": none), and when the gate left it (nanoseconds of its file):
    asked for again, it is another order.
    """

    version: str = ""
    left: int = 0


NOTHING_ASKED = Order()


def wanted_in(path: Path) -> Order:
    """What a file asks for, as the gate left it for the centre; raises UpdateError."""
    try:
        text = read_bounded(path, _MOST_WANTED_BYTES).decode(errors="replace").strip()
        left = path.stat().st_mtime_ns
    except FileNotFoundError:
        return NOTHING_ASKED
    except OSError as error:
        raise UpdateError(error.strerror or str(error), where=str(path)) from None
    return Order(checked_version(text, str(path)), left) if text else NOTHING_ASKED


def open_order(place: Place, wanted: Path) -> str:
    """The version of an order in the file `wanted` that is yet to be carried out; empty: there is none.

    The file is never emptied: an order lies there also long after it was answered.
    """
    try:
        order = wanted_in(wanted)
    except UpdateError:
        return ""
    running = place.named_by(place.current)
    if not order.version or _is_answered(place.fetched, order):
        return ""
    return "" if running and not is_newer(order.version, running) else order.version


@dataclass(frozen=True)
class Wish:
    """What is to be fetched: the version that a person names here (`told`), else the one that the centre asks
    for (`order`), or the newest where the gate takes that; neither where it is not newer than `running`, or
    `failed`, which names why.
    """

    told: str = ""
    order: Order = NOTHING_ASKED
    running: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """The version that the centre asks for; empty: none."""
        return self.order.version

    @property
    def refusal(self) -> UpdateError | None:
        """Why this gate does not take what the centre asks for; None: it takes it, or runs it."""
        asked = self.order.version
        if self.told or not asked or asked == self.running:
            return None
        if self.running and not is_newer(asked, self.running):
            return not_newer(asked, self.running)
        if asked in self.failed:
            return UpdateError(
                f"{asked} {UpdateCause.FAILED_BEFORE}: {self.failed[asked]}",
                remedy=f"publish a newer one; or gatepost update get {asked}, then apply --again",
            )
        return None

    def version(self, newest: str, take: Take) -> str:
        """The version to fetch; empty: none."""
        if self.told:
            return self.told
        wanted = [self.asked] if self.asked else []
        wanted += [newest] if take is Take.NEWEST else []
        able = [
            name
            for name in wanted
            if name not in self.failed and (not self.running or is_newer(name, self.running))
        ]
        best = ""
        for name in able:
            best = name if not best or is_newer(name, best) else best
        return best


def fetch(
    configuration: UpdateConfiguration,
    root: bytes,
    place: Place,
    platform: Platform,
    wish: Wish,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> SoftwareRelease | None:
    """Fetch the version of `wish`; None: there is none to take. In the main thread, whose alarm it takes.

    Raises UpdateError; what was fetched before is kept until this is whole.
    """
    plausible(now, 0.0)
    fetched = place.fetched
    make_folder(fetched.folder, 0o750)
    # By hand, root fetches as the user that fetches otherwise: TUF's client follows links in its folders.
    with acting_as_owner(fetched.folder):
        try:
            return _fetched(configuration, root, place, platform, wish)
        except OSError as error:
            # Without a version: what the centre asks for may long be in force.
            raise UpdateError(
                error.strerror or str(error),
                where=str(error.filename or fetched.folder),
                remedy=f"empty {fetched.folder}: all in it is fetched anew",
            ) from None


def _fetched(
    configuration: UpdateConfiguration,
    root: bytes,
    place: Place,
    platform: Platform,
    wish: Wish,
) -> SoftwareRelease | None:
    fetched = place.fetched
    if wish.refusal is not None and not _is_answered(fetched, wish.order):
        _answer(fetched, wish.order)
        raise NotFetched(wish.asked, wish.refusal)
    repository = Repository(configuration.url, fetched.metadata, root, WebFetcher(fetched.folder))
    with timed(configuration.url, configuration.within):
        repository.refresh()
        newest = repository.newest(configuration.channel, fetched.newest)
        version = wish.version(newest, configuration.take)
        if not version:
            return None
        try:
            release = _taken(repository, configuration.channel, version, place, platform)
        except UpdateError as error:
            raise NotFetched(version, error) from None
    if version == wish.asked:
        _answer(fetched, wish.order)
    return release


def _taken(
    repository: Repository, channel: str, version: str, place: Place, platform: Platform
) -> SoftwareRelease:
    fetched = place.fetched
    offered = repository.offered(channel, version, platform)
    # Until it is unpacked it lies twice: here, and where the process that applies it verifies its own copy.
    size = offered.target.length
    files = missing_models(repository, place, offered.release)
    refuse_full(
        [
            *((fetched.folder, size), (place.state, size), (place.versions, offered.on_disk)),
            *((folder, sum(file.length for _, file in files)) for folder in (fetched.folder, place.models)),
        ]
    )
    fetched.ready.unlink(missing_ok=True)
    fetch_models(repository, fetched, files)
    repository.download(offered.target, fetched.package)
    write_aside(fetched.ready, msgspec.json.encode(Ready(version)), READABLE_BY_GROUP)
    return offered.release


def _is_answered(fetched: Fetched, order: Order) -> bool:
    try:
        return json_of(read_bounded(fetched.answered, _MOST_WANTED_BYTES), Order) == order
    except (OSError, Undecodable):
        return False


def _answer(fetched: Fetched, order: Order) -> None:
    write_aside(fetched.answered, msgspec.json.encode(order), READABLE_BY_GROUP)
