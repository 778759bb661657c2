"""Reads a backup: twice, where it is put back. The first time every byte is held against the signed manifest,
and nothing is written; so what is cut off, altered, of somebody else or made to fill a disk touches nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage

from edge.backup.errors import BackupError, failed
from edge.backup.manifest import (
    MANIFEST,
    MOST_ENTRIES,
    MOST_MANIFEST_BYTES,
    MOST_SIGNATURE_BYTES,
    SIGNATURE,
    BackupEntry,
    BackupManifest,
    TrustedSigners,
    signer_in,
    verified,
)

_PIECE = 1 << 20
_BLOCK = 512
_LAST = {MANIFEST: MOST_MANIFEST_BYTES, SIGNATURE: MOST_SIGNATURE_BYTES}

Taker = Callable[[BackupEntry, Iterator[bytes]], None]
"""What becomes of an entry: it takes all of its pieces."""


@dataclass(frozen=True)
class VerifiedBackup:
    """A backup of which every byte is what was signed, and by whose key (its id)."""

    path: Path
    manifest: BackupManifest
    signer: bytes
    size: int


def verify_backup(
    path: Path, identities: list[pyrage.x25519.Identity], trusted: TrustedSigners | None
) -> VerifiedBackup:
    """The backup at `path`, once all of it was read. Raises BackupError that says what is wrong with it."""
    found: dict[str, tuple[int, bytes]] = {}
    last: dict[str, bytes] = {}

    def take(name: str, size: int, pieces: Iterator[bytes]) -> None:
        if name in found or name in last or len(found) >= MOST_ENTRIES:
            raise _damaged(path, f"{name} is there twice, or is one too many")
        if name not in _LAST:
            found[name] = (size, _digest(pieces))
        elif size > _LAST[name]:
            raise _damaged(path, f"{name} has {size} bytes")
        else:
            last[name] = b"".join(pieces)

    _walk(path, identities, take)
    if set(last) != set(_LAST):
        raise _damaged(path, "it ends before its manifest")
    manifest = verified(last[MANIFEST], last[SIGNATURE], trusted)
    if {entry.name: (entry.size, entry.sha256) for entry in manifest.entries} != found:
        raise _damaged(path, "its entries are not those that were signed")
    return VerifiedBackup(path, manifest, signer_in(last[SIGNATURE]), path.stat().st_size)


def read_entries(backup: VerifiedBackup, identities: list[pyrage.x25519.Identity], take: Taker) -> None:
    """Give each entry of a verified backup to `take`, held against the manifest again. Raises BackupError."""
    entries = {entry.name: entry for entry in backup.manifest.entries}

    def taken(name: str, size: int, pieces: Iterator[bytes]) -> None:
        entry = entries.get(name)
        if name in _LAST:
            return
        digest = hashlib.sha256()
        if entry is None or entry.size != size:
            raise _damaged(backup.path, f"{name} is another one than a moment ago")
        noted = _noted(pieces, digest.update)
        take(entry, noted)
        for _ in noted:  # what was not taken
            pass
        if digest.digest() != entry.sha256:
            raise _damaged(backup.path, f"{name} is another one than a moment ago")

    _walk(backup.path, identities, taken)


def _digest(pieces: Iterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _noted(pieces: Iterator[bytes], note: Callable[[bytes], None]) -> Iterator[bytes]:
    for piece in pieces:
        note(piece)
        yield piece


# --- inside --------------------------------------------------------------------------------


def _walk(
    path: Path,
    identities: list[pyrage.x25519.Identity],
    take: Callable[[str, int, Iterator[bytes]], None],
) -> None:
    """Give each entry's name, size and pieces to `take`. Raises BackupError, and what `take` raises."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise failed(error, "reading", path) from None
    with file:
        for_us, for_age = os.pipe()
        plain = _Plain(file, for_age, identities)
        plain.start()
        try:
            with os.fdopen(for_us, "rb", buffering=_PIECE) as source:
                try:
                    _unpacked(path, source, take)
                except BackupError as error:
                    if source.read(1):  # age goes on: it is what came out that is wrong
                        raise
                    plain.join()
                    raise _why(path, plain.failure) or error from None
        finally:
            plain.join()
    if found := _why(path, plain.failure):
        raise found


def _unpacked(path: Path, source: IO[bytes], take: Callable[[str, int, Iterator[bytes]], None]) -> None:
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as zipped:
            while (about := _header(path, zipped)) is not None:
                pieces = _pieces(path, zipped, about.size)
                take(about.name, about.size, pieces)
                for _ in pieces:  # what was not taken
                    pass
                zipped.read(-about.size % _BLOCK)
            if zipped.read(2 * _BLOCK) != bytes(_BLOCK):  # a tar ends with two; nothing may follow
                raise _damaged(path, "something follows its end")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, f"it cannot be unpacked: {error}") from None


def _header(path: Path, zipped: gzip.GzipFile) -> tarfile.TarInfo | None:
    """The next entry of the tar, which is a file; None at its end."""
    block = zipped.read(_BLOCK)
    if block == bytes(_BLOCK):
        return None
    try:
        about = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeError) as error:
        raise _damaged(path, f"no entry begins where one should: {error}") from None
    if about.type != tarfile.REGTYPE:
        raise _damaged(path, f"{about.name[:100]!r} is no file")
    return about


def _pieces(path: Path, zipped: gzip.GzipFile, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = zipped.read(min(_PIECE, left))
        if not piece:
            raise _damaged(path, "it is cut off")
        left -= len(piece)
        yield piece


class _Plain(threading.Thread):
    def __init__(self, source: IO[bytes], target: int, identities: list[pyrage.x25519.Identity]) -> None:
        super().__init__(name="backup-plain", daemon=True)
        self._source = source
        self._target = target
        self._identities = identities
        self.failure: Exception | None = None

    def run(self) -> None:
        with suppress(BrokenPipeError), os.fdopen(self._target, "wb", buffering=_PIECE) as target:
            try:
                pyrage.decrypt_io(self._source, target, self._identities)
            except (pyrage.DecryptError, OSError) as error:
                self.failure = error


def _why(path: Path, failure: Exception | None) -> BackupError | None:
    """What age says, in words of ours; None where it found nothing wrong."""
    if failure is None or isinstance(failure, BrokenPipeError):
        return None
    if not path.stat().st_size:
        return BackupError("is empty", where=str(path))
    text = str(failure)
    if "matching" in text.lower():
        return BackupError(
            "cannot be opened with this key: it was encrypted to another one",
            where=str(path),
            remedy="name the private half of the key that was named when it was made: --identity",
        )
    if "header" in text.lower():
        return BackupError(f"is no backup: {text}", where=str(path))
    return _damaged(path, f"it is cut off or was altered: {text}")


def _damaged(path: Path, what: str) -> BackupError:
    return BackupError(what, where=str(path), remedy="nothing was changed here; take another backup")
