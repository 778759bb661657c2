"""Files that are there whole or not at all: written aside, synced, renamed; and whose they are.

A file belongs to the owner of the folder that it lies in, also where root writes it: the process that the
folder belongs to could not read what root kept to itself.
"""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO

from edge.support.names import is_text

_PIECE = 1 << 20
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES = 3
"""Times that what lies in a new file's place is removed; whoever lays it there again gets no further."""
READABLE_BY_GROUP = 0o640
"""The mode of what gate and sync process leave for each other: they are two users of one group."""


FileMark = tuple[int, int, int]


def mark_of(status: os.stat_result) -> FileMark:
    """What is another one where a file was written, or another file lies in its place."""
    return status.st_ino, status.st_mtime_ns, status.st_size


class BoundedFile:
    """A file of somebody else's, open for reading; its size was judged before a byte of it was read."""

    def __init__(self, path: Path, file: BufferedReader, status: os.stat_result) -> None:
        self._path = path
        self._file = file
        self.size = status.st_size
        self.mark = mark_of(status)

    def head(self, most: int) -> bytes:
        """Its first bytes, at most so many; raises OSError."""
        self._file.seek(0)
        return self._file.read(min(most, self.size))

    def whole(self) -> bytes:
        """All of it; raises OSError, also (EAGAIN) where it has grown meanwhile."""
        self._file.seek(0)
        data = self._file.read(self.size + 1)
        if len(data) > self.size:
            raise OSError(errno.EAGAIN, "is being written", str(self._path))
        return data

    def sha256(self) -> bytes:
        """Its hash, a piece at a time; raises OSError."""
        self._file.seek(0)
        return hashlib.file_digest(self._file, "sha256").digest()


def open_regular(path: Path, flags: int, mode: int = 0o600) -> int:
    """A descriptor; raises OSError, also (EINVAL) where no regular file lies there; a pipe keeps nobody."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", str(path))


@contextmanager
def opened_bounded(path: Path, most: int, *, follow: bool = False) -> Iterator[BoundedFile]:
    """The file open for reading; raises OSError, also (EFBIG) where it has more than `most` bytes.

    Regular files only (else EINVAL), and no symbolic link (ELOOP): those who may write in the folder must not
    make the reader wait at a pipe, or read what only the reader may. `follow` links where a person names
    the file for themselves.
    """
    descriptor = open_regular(path, os.O_RDONLY if follow else os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"has more than {most} bytes", str(path))
        yield BoundedFile(path, file, status)


def read_bounded(path: Path, most: int, *, follow: bool = False) -> bytes:
    """The file's bytes; raises OSError, as `opened_bounded`."""
    with opened_bounded(path, most, follow=follow) as file:
        return file.whole()


def list_bounded(folder: Path, pattern: str, most: int) -> list[Path]:
    """The files in `folder` whose names match `pattern`, sorted, of the first `most` names; raises OSError.

    A name that is not UTF-8 is left out: it is none of ours, and no event, log or message could say it.

    For folders that another process writes: however many files it makes, so many are looked at. `Path.glob`
    reads them all, whatever is taken of it.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in islice(entries, most)]
    return [folder / name for name in sorted(fnmatch.filter(names, pattern)) if is_text(name)]


class Durability(Enum):
    """What of a file that was written in the place of another is there after a power cut."""

    PASSING = "passing"  # perhaps nothing that can be read: it is made anew, or fetched again
    WHOLE = "whole"  # the old file or the new one, whole
    LASTING = "lasting"  # the new one, from the moment the writing returns


def write_synced(path: Path, data: bytes, mode: int = 0o600, *, like: Path | None = None) -> None:
    """Write a new file, by default for its owner alone, who is the folder's; on disk when this returns.

    What lies there goes. `like` names a file whose owner and mode it gets instead.
    """
    with _new_for(path, mode, like, synced=True) as file:
        file.write(data)


def write_aside(
    path: Path,
    data: bytes | Iterable[bytes],
    mode: int = 0o600,
    durability: Durability = Durability.WHOLE,
    *,
    like: Path | None = None,
) -> None:
    """Put `data`, or its pieces, in the place of what is at `path`; raises OSError.

    Readers see the old or the new file, never half of one; where this raises they see the old one.
    `like` is as of `write_synced`.
    """
    with opened_aside(path, mode, durability, like=like) as file:
        for piece in (data,) if isinstance(data, bytes) else data:
            file.write(piece)


@contextmanager
def opened_aside(
    path: Path,
    mode: int = 0o600,
    durability: Durability = Durability.WHOLE,
    *,
    like: Path | None = None,
    ending: str = ".new",
) -> Iterator[IO[bytes]]:
    """A new file open for writing, which takes the place of what is at `path` when the block ends.

    Raises OSError. As `write_aside`, for what a library writes. Meanwhile it lies beside, with `ending` after
    its name.
    """
    aside = path.with_name(path.name + ending)
    try:
        with _new_for(aside, mode, like, synced=durability is not Durability.PASSING) as file:
            yield file
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    if durability is Durability.LASTING:
        sync_folder(path.parent)


def rewrite_synced(path: Path) -> None:
    """Write a file's own bytes over them, and sync: what a failed sync left behind lasts too. Raises OSError.

    Where there is none, nothing is done.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        place = 0
        while piece := os.pread(descriptor, _PIECE, place):
            place += os.pwrite(descriptor, piece, place)
        if place:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _new_for(path: Path, mode: int, like: Path | None, *, synced: bool) -> Iterator[IO[bytes]]:
    """A new file open for writing, with its owner and mode; on disk when the block ends, if `synced`."""
    descriptor = new_file(path)
    with os.fdopen(descriptor, "wb") as file:
        leave_to_owner(descriptor, path)
        if like is None:
            os.fchmod(descriptor, mode)  # whatever the process's umask
        else:
            _make_like(descriptor, like.stat())
        yield file
        file.flush()
        if synced:
            os.fsync(file.fileno())


def new_file(path: Path) -> int:
    """A new, empty file at `path`, open for writing, for its owner alone; raises OSError.

    What lies there goes: the file of an interrupted writing, say. The folder's owner may lay a link for root
    to follow, a pipe for it to wait at, or a second name of a file that only root may write: none is opened.
    """
    for _ in range(_TRIES):
        try:
            return os.open(path, _NEW, 0o600)
        except FileExistsError:
            with suppress(FileNotFoundError):
                path.unlink()
    return os.open(path, _NEW, 0o600)


def own(path: Path) -> None:
    """Make a file where there is none, and keep one that is there to its owner alone; raises OSError."""
    try:
        descriptor = os.open(path, _NEW, 0o600)
    except FileExistsError:
        close_to_others(path)
        return
    try:
        leave_to_owner(descriptor, path)
    finally:
        os.close(descriptor)


def close_to_others(path: Path) -> None:
    """Keep a file to its owner alone, if there is one; raises OSError. Root follows no link to another."""
    link = os.O_NOFOLLOW if os.geteuid() == 0 else 0
    try:
        # O_PATH: it waits at no pipe, and a process that closes it keeps its locks on the file (POSIX).
        descriptor = os.open(path, os.O_PATH | link | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            Path(f"/proc/self/fd/{descriptor}").chmod(stat.S_IMODE(mode) & 0o700)
    finally:
        os.close(descriptor)


def set_aside(path: Path) -> str:
    """Move what cannot be read out of the way, beside where it lay; its new name, for the message."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        return f"left there: {error.strerror or error}"
    return f"set aside as {aside.name}"


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` last over a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def leave_to_owner(descriptor: int, path: Path) -> None:
    """Give what is open, and lies at `path`, to the owner of its folder. Only root can, and only root need.

    Raises OSError (ESTALE) where it lies there no more: who owns a folder may lay a link to another one in
    its place while root makes a file, and would be given one of that folder's.
    """
    if os.geteuid() != 0:
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        there = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
        if not os.path.samestat(there, os.fstat(descriptor)):
            raise OSError(errno.ESTALE, "was exchanged while it was written", str(path))
        owner = os.fstat(folder)
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(folder)


def _make_like(descriptor: int, other: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.fchown(descriptor, other.st_uid, other.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(other.st_mode) & 0o777)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder and those above it that are missing, by default for their owner alone.

    Each belongs to the owner of the one that it lies in.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    for folder in reversed(missing):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            leave_to_owner(descriptor, folder)
            os.fchmod(descriptor, mode)  # whatever the process's umask
        finally:
            os.close(descriptor)
