"""The lists of certificate issuers and of revocations on the gate's disk, and those that arrive.

They arrive apart from the registry, because a revocation is urgent and small; the registry names the keys
that may sign them. What is read back at a start is verified again, and the newest versions ever held are
stored apart, so that removing a file lets no older one in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.credentials.trust import Revocations, updated
from edge.credentials.trust_lists import (
    MOST_SIGNED_LIST_BYTES,
    IssuerLists,
    Keys,
    SignedRevocations,
    TrustList,
    hold_revocations,
    hold_trust_list,
    verify_revocations,
    verify_trust_list,
)
from edge.decision import WallTime
from edge.errors import CredentialError, GatepostError, RegistryError
from edge.registry.inbox_files import JudgedFiles, JudgedUnder
from edge.support.decoding import Undecodable, json_of
from edge.support.files import Durability, list_bounded, read_bounded, write_aside

ISSUERS = "issuers.list"
REVOCATIONS = "revocations.list"
CHANGES = "revocations-*.delta"
"""The names of files of changes, as a pattern."""

_MOST_NAMES = 10_000
_MOST_CHANGES = 1_000
"""More files of changes than anybody publishes; any beyond them in the inbox are not read."""


def changes_name(version: int) -> str:
    """The name of the file of changes that lead to `version`."""
    return CHANGES.replace("*", f"{version:010}")


class _Newest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issuers: int = 0
    revocations: int = 0


_Verified = TypeVar("_Verified")


@dataclass(frozen=True)
class ListNews:
    """A list that was installed (`version`), or was refused, and why (`refusal`)."""

    name: str
    version: int | None = None
    refusal: str = ""


@dataclass(frozen=True)
class VerifiedLists:
    """The lists in force, with their signed times of issue and expiry."""

    issuers: TrustList | None = None
    changes: SignedRevocations | None = None  # the newest that was applied to `revocations`
    revocations: Revocations = field(default_factory=Revocations)
    whole: bool = True  # no revocation that was ever held is missing

    def lists(self) -> IssuerLists:
        held = [item for item in (self.issuers, self.changes) if item is not None]
        spans = tuple((item.issued, item.expires) for item in held)
        if self.issuers is None:
            return IssuerLists(revocations=self.revocations, spans=spans, whole=self.whole)
        return IssuerLists(self.issuers.version, self.issuers.keys(), self.revocations, spans, self.whole)


class ListStore:
    """The lists of one gate, in `folder`. One thread uses it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = VerifiedLists()
        self._keys: Keys = {}
        self._judged_files = JudgedFiles()

    def lists(self) -> IssuerLists:
        return self._held.lists()

    def load(self, keys: Keys) -> tuple[ListNews, ...]:
        """Verify what is on disk by the `keys` that are trusted now; returns what is wrong with it."""
        self._keys, self._held = keys, VerifiedLists()
        self._judged_files.clear()
        news: list[ListNews] = []
        newest = self._newest()
        path = self._folder / ISSUERS
        if path.exists():
            issuers = self._read_verified(path, partial(_not_older, keys=keys, floor=newest.issuers), news)
            self._held = replace(self._held, issuers=issuers)
        for path in _files(self._folder):
            changes = self._read_verified(path, lambda data: hold_revocations(data, keys), news)
            if changes is not None:
                self._apply(changes, path.name, news)
        if self._held.revocations.version < newest.revocations:
            self._held = replace(self._held, whole=False)
            news.append(
                ListNews(REVOCATIONS, refusal=f"version {newest.revocations} was held here and is lost")
            )
        return tuple(news)

    def poll(self, inbox: Path, wall: WallTime, signed_at: datetime | None = None) -> tuple[ListNews, ...]:
        """Install what is new in `inbox`; returns what became of each new file.

        `signed_at` is the latest signed time known besides those of the lists. A refused file changes
        nothing, and is read again when it, the clock or what is held changes. Raises RegistryError where a
        list cannot be stored.
        """
        news: list[ListNews] = []
        times = [span[0] for span in self._held.lists().spans] + ([] if signed_at is None else [signed_at])
        signed_at = max(times, default=None)
        self._poll_issuers(inbox / ISSUERS, wall, signed_at, news)
        for path in _files(inbox, whole_last=True):
            self._poll_revocations(path, wall, signed_at, news)
        return tuple(news)

    def _poll_issuers(
        self, path: Path, wall: WallTime, signed_at: datetime | None, news: list[ListNews]
    ) -> None:
        if not self._judged_files.is_new(path, self._circumstances(wall)):
            return
        held = self._held.issuers

        def verify(data: bytes) -> tuple[TrustList, bytes]:
            floor = max(self._newest().issuers, held.version if held is not None else 0)
            listed = verify_trust_list(data, self._keys, wall, floor, signed_at)
            listed.keys()
            return listed, data

        arrived = self._read_verified(path, verify, news)
        if arrived is None:
            self._judged_files.refused(path.name, self._circumstances(wall))
        if arrived is None or (held is not None and arrived[0].version == held.version):
            return
        issuers, data = arrived
        self._store(ISSUERS, data, msgspec.structs.replace(self._newest(), issuers=issuers.version))
        self._held = replace(self._held, issuers=issuers)
        news.append(ListNews(ISSUERS, issuers.version))

    def _poll_revocations(
        self, path: Path, wall: WallTime, signed_at: datetime | None, news: list[ListNews]
    ) -> None:
        if not self._judged_files.is_new(path, self._circumstances(wall)):
            return
        keys = self._keys
        arrived = self._read_verified(
            path, lambda data: (verify_revocations(data, keys, wall, signed_at), data), news
        )
        if arrived is None:
            self._judged_files.refused(path.name, self._circumstances(wall))
            return
        changes, data = arrived
        newest = self._newest()
        if changes.delta.version <= self._held.revocations.version:
            if changes.delta.version < self._held.revocations.version and not changes.delta.base:
                news.append(ListNews(path.name, refusal="older than the revocations that are held"))
            return
        if changes.delta.version < newest.revocations:
            news.append(
                ListNews(
                    path.name, refusal=f"older than version {newest.revocations}, which this gate has held"
                )
            )
            return
        if not self._apply(changes, path.name, news):
            self._judged_files.refused(path.name, self._circumstances(wall))
            return
        version = changes.delta.version
        whole = changes.delta.base == 0
        outdated = [file.name for file in _files(self._folder)] if whole else []
        name = REVOCATIONS if whole else changes_name(version)
        self._store(name, data, msgspec.structs.replace(newest, revocations=version))
        for other in outdated:
            if other != name:
                (self._folder / other).unlink(missing_ok=True)
        news.append(ListNews(name, version))

    def _apply(self, changes: SignedRevocations, name: str, news: list[ListNews]) -> bool:
        try:
            revocations = updated(self._held.revocations, changes.delta)
        except CredentialError as error:
            news.append(ListNews(name, refusal=str(error)))
            return False
        self._held = replace(self._held, changes=changes, revocations=revocations, whole=True)
        return True

    def _read_verified(
        self, path: Path, read: Callable[[bytes], _Verified], news: list[ListNews]
    ) -> _Verified | None:
        try:
            return read(read_bounded(path, MOST_SIGNED_LIST_BYTES))
        except GatepostError as error:
            news.append(ListNews(path.name, refusal=str(error)))
        except OSError as error:
            news.append(ListNews(path.name, refusal=error.strerror or str(error)))
        return None

    def _circumstances(self, wall: WallTime) -> JudgedUnder:
        return JudgedUnder(wall, self._held.revocations.version)

    def _newest(self) -> _Newest:
        try:
            return json_of(read_bounded(self._folder / "rollback.json", MOST_SIGNED_LIST_BYTES), _Newest)
        except (OSError, Undecodable):
            issuers = self._held.issuers
            return _Newest(issuers.version if issuers else 0, self._held.revocations.version)

    def _store(self, name: str, data: bytes, newest: _Newest) -> None:
        """Write the file, then its version: after a kill in between, the file is installed again."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_aside(self._folder / name, data)
            note = msgspec.json.encode(newest)
            write_aside(self._folder / "rollback.json", note, durability=Durability.LASTING)
        except OSError as error:
            raise RegistryError(
                f"a list could not be stored: {error.strerror}", where=str(self._folder / name)
            ) from None


def _files(folder: Path, *, whole_last: bool = False) -> Iterator[Path]:
    """The whole list and the changes, in the order of their names and so of their versions."""
    try:
        changes = list_bounded(folder, CHANGES, _MOST_NAMES)[:_MOST_CHANGES]
    except OSError:
        changes = []  # missing or unreadable: then nothing has arrived
    whole = [folder / REVOCATIONS] if (folder / REVOCATIONS).exists() else []
    yield from (*changes, *whole) if whole_last else (*whole, *changes)


def _not_older(data: bytes, keys: Keys, floor: int) -> TrustList:
    held = hold_trust_list(data, keys)
    if held.version < floor:
        raise CredentialError(f"version {held.version} is older than {floor}, which this gate has held")
    return held
