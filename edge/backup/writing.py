"""Writes a backup: a tar, gzipped, encrypted by age as it goes; its manifest, signed, comes last.

`age -d -i KEY FILE | tar xz` opens one without Gatepost. Nothing is on disk in the clear, memory is bounded
by a part, and the file gets its name when all of it is there.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.backup.errors import BackupError, failed
from edge.backup.manifest import (
    MANIFEST,
    MOST_ENTRIES,
    SIGNATURE,
    BackupEntry,
    BackupManifest,
    encoded,
    signed,
)
from edge.support.files import leave_to_owner, new_file, opened_bounded, sync_folder

PART_BYTES = 8 << 20
"""A stream is cut into parts of so many bytes: its size is not known before, and a tar says sizes first."""
_PIECE = 1 << 20
_BLOCK = 512


class BackupWriter:
    """Takes entries, one after the other. Made by `writing_backup`."""

    def __init__(self, out: gzip.GzipFile) -> None:
        self._out = out
        self._entries: dict[str, BackupEntry] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._entries)

    @property
    def size(self) -> int:
        """The bytes of all entries so far."""
        return sum(entry.size for entry in self._entries.values())

    def add(self, name: str, data: bytes, mode: int = 0o600) -> None:
        """An entry of these bytes."""
        self._put(name, len(data), (data,), mode)

    def add_file(self, name: str, path: Path, most: int, *, mode: int | None = None) -> None:
        """An entry of a file's bytes, as long as it was when it was opened; raises OSError."""
        with opened_bounded(path, most) as file:
            kept = path.stat().st_mode & 0o777 if mode is None else mode
            with path.open("rb", buffering=0) as opened:
                self._put(name, file.size, _exactly(opened, file.size, path), kept)

    def add_stream(self, folder: str, pieces: Iterable[bytes]) -> int:
        """Entries FOLDER/00000001 and so on, that together are what `pieces` are; returns their bytes."""
        number, total, held = 0, 0, bytearray()
        for piece in pieces:
            held += piece
            while len(held) >= PART_BYTES:
                number += 1
                self.add(f"{folder}/{number:08}", bytes(held[:PART_BYTES]))
                total += PART_BYTES
                del held[:PART_BYTES]
        if held or not number:
            self.add(f"{folder}/{number + 1:08}", bytes(held))
        return total + len(held)

    def finish(self, manifest: BackupManifest, key: Ed25519PrivateKey) -> BackupManifest:
        """Write the manifest, which says what all entries are, signed by `key`; returns it."""
        whole = BackupManifest(
            kind=manifest.kind,
            of=manifest.of,
            made_at=manifest.made_at,
            software=manifest.software,
            about=manifest.about,
            entries=tuple(self._entries.values()),
            roots=manifest.roots,
        )
        data = encoded(whole)
        self.add(MANIFEST, data)
        self.add(SIGNATURE, signed(data, key))
        self._out.write(bytes(2 * _BLOCK))
        return whole

    def _put(self, name: str, size: int, pieces: Iterable[bytes], mode: int) -> None:
        if name in self._entries or len(self._entries) >= MOST_ENTRIES:
            raise BackupError("is there twice, or is one too many", where=name)
        self._out.write(_header(name, size, mode))
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            self._out.write(piece)
        self._out.write(bytes(-size % _BLOCK))
        self._entries[name] = BackupEntry(name, size, digest.digest(), mode)


@contextmanager
def writing_backup(path: Path, recipients: list[pyrage.x25519.Recipient]) -> Iterator[BackupWriter]:
    """A writer of the backup at `path`, which is there once the block ends well. Raises BackupError.

    Nothing is overwritten, and where it fails nothing is left.
    """
    if path.exists():
        raise BackupError("exists already", where=str(path), remedy="choose another name")
    aside = path.with_name(f".{path.name}.part")
    try:
        # Level 1, since faces hardly get smaller.
        with (
            _encrypted(aside, recipients) as out,
            gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=1, mtime=0) as zipped,
        ):
            yield BackupWriter(zipped)
        os.link(aside, path)  # unlike a rename, it overwrites nothing
        sync_folder(path.parent)
    except FileExistsError:
        raise BackupError("exists already", where=str(path), remedy="choose another name") from None
    except OSError as error:
        raise failed(error, "the backup", path) from None
    finally:
        with suppress(OSError):
            aside.unlink()


@contextmanager
def _encrypted(path: Path, recipients: list[pyrage.x25519.Recipient]) -> Iterator[IO[bytes]]:
    """What is written into it is encrypted into `path` by a thread; on disk when the block ends. Raises
    OSError.

    age pulls what it encrypts and a tar pushes: a pipe between them holds 64 KiB.
    """
    descriptor = new_file(path)
    with os.fdopen(descriptor, "wb") as file:
        leave_to_owner(descriptor, path)
        for_age, for_us = os.pipe()
        cipher = _Cipher(for_age, file, recipients)
        cipher.start()
        try:
            with os.fdopen(for_us, "wb", buffering=_PIECE) as out:
                yield out
        except BrokenPipeError:
            pass  # the thread has stopped: it says why
        finally:
            cipher.join()
        if cipher.failure is not None:
            raise cipher.failure
        file.flush()
        os.fsync(descriptor)


class _Cipher(threading.Thread):
    def __init__(self, source: int, target: IO[bytes], recipients: list[pyrage.x25519.Recipient]) -> None:
        super().__init__(name="backup-cipher", daemon=True)
        self._source = source
        self._target = target
        self._recipients = recipients
        self.failure: OSError | None = None

    def run(self) -> None:
        with os.fdopen(self._source, "rb", buffering=0) as source:
            try:
                pyrage.encrypt_io(source, _Noting(self._target, self), self._recipients)
            except (pyrage.EncryptError, OSError) as error:
                self.failure = self.failure or (error if isinstance(error, OSError) else OSError(str(error)))


class _Noting:
    """Writes on, and notes what the disk says: age has words of its own for it."""

    def __init__(self, target: IO[bytes], cipher: _Cipher) -> None:
        self._target = target
        self._cipher = cipher

    def write(self, data: bytes) -> int:
        try:
            return self._target.write(data)
        except OSError as error:
            self._cipher.failure = error
            raise

    def flush(self) -> None:
        self._target.flush()


def _header(name: str, size: int, mode: int) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, mode
    try:
        return about.tobuf(tarfile.USTAR_FORMAT)
    except ValueError:
        raise BackupError("its name is too long, or it has 8 GiB", where=name) from None


def _exactly(file: IO[bytes], size: int, path: Path) -> Iterator[bytes]:
    """So many bytes of a file, in pieces. Raises BackupError where it has fewer by now."""
    left = size
    while left:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise BackupError("became shorter while it was read", where=str(path), remedy="try again")
        left -= len(piece)
        yield piece
