"""What a disk may hold when the power goes while files are being written aside, synced and renamed.

While `recorded`, what the process does in one folder is followed: files made or emptied, syncs of files
and of the folder, renames, removals. At each of them, and at the end, the power may go. Then of every file
that was not synced the old content is there, the new, or the first half of it; and of the names changed since
the folder was synced the first few have reached the disk, or all, or none (a journaling file system writes
them in their order). `Moment.disks` are all of these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Names = dict[str, "File"]
Change = Callable[[Names], object]


@dataclass(eq=False)
class File:
    """A file, whatever its name: what was synced, and what was written since (None: nothing)."""

    synced: bytes = b""
    written: bytes | None = None


@dataclass(frozen=True)
class Moment:
    """A place where the power may go: the names on the disk, those under way, every file's content."""

    step: str
    names: Names
    pending: tuple[Change, ...]
    contents: dict[File, tuple[bytes, bytes | None]]

    def disks(self) -> Iterator[dict[str, bytes]]:
        """Every disk that may be left, each once."""
        seen = set()
        for there in range(len(self.pending) + 1):
            names = dict(self.names)
            for change in self.pending[:there]:
                change(names)
            for share in (0.0, 0.5, 1.0):
                disk = {name: self._left(file, share) for name, file in names.items()}
                if (found := frozenset(disk.items())) not in seen:
                    seen.add(found)
                    yield disk

    def _left(self, file: File, share: float) -> bytes:
        synced, written = self.contents.get(file, (b"", None))
        if written is None or not share:
            return synced
        return written[: round(len(written) * share)]


@dataclass
class Recorder:
    """Follows one folder; `moments` are where the power may have gone."""

    folder: Path
    names: Names = field(default_factory=dict)
    on_disk: Names = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)
    opened: dict[int, File] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path in self.folder.iterdir():
            self.names[path.name] = File(path.read_bytes())
        self.on_disk = dict(self.names)

    def ours(self, path: object) -> str | None:
        """The name of a path in the folder."""
        found = Path(os.fsdecode(path)) if isinstance(path, str | os.PathLike) else Path()
        return found.name if found.parent == self.folder else None

    def moment(self, step: str) -> None:
        """The power may go here."""
        for name, file in self.names.items():
            if file.written is not None:
                file.written = (self.folder / name).read_bytes()
        files = {*self.names.values(), *self.on_disk.values(), *self.opened.values()}
        contents = {file: (file.synced, file.written) for file in files}
        self.moments.append(Moment(step, dict(self.on_disk), tuple(self.pending), contents))

    def change(self, change: Change) -> None:
        change(self.names)
        self.pending.append(change)

    def open(self, descriptor: int, name: str, flags: int) -> None:
        file = self.names.get(name)
        if file is None:
            file = made = File()
            self.change(lambda names: names.__setitem__(name, made))
        if flags & os.O_TRUNC:
            file.written = b""
        self.opened[descriptor] = file

    def sync(self, descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), self.folder.stat()):
            self.on_disk, self.pending = dict(self.names), []
            return
        file = self.opened[descriptor]
        [name] = [name for name, other in self.names.items() if other is file]
        file.synced, file.written = (self.folder / name).read_bytes(), None


@contextmanager
def recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Follow what is done in `folder` meanwhile."""
    recorder = Recorder(folder)
    real_open, real_sync, real_replace, real_unlink = os.open, os.fsync, os.replace, os.unlink

    def opening(path: str, flags: int, mode: int = 0o777, **options: int) -> int:
        name = recorder.ours(path) if flags & (os.O_CREAT | os.O_TRUNC) else None
        if name is not None:
            recorder.moment(f"open {name}")
        descriptor = real_open(path, flags, mode, **options)
        if name is not None:
            recorder.open(descriptor, name, flags)
        return descriptor

    def syncing(descriptor: int) -> None:
        recorder.moment("sync")
        real_sync(descriptor)
        recorder.sync(descriptor)

    def replacing(source: str, target: str) -> None:
        old, new = recorder.ours(source), recorder.ours(target)
        assert old is not None
        assert new is not None
        recorder.moment(f"rename {old}")
        real_replace(source, target)
        recorder.change(lambda names: names.__setitem__(new, names.pop(old)))

    def unlinking(path: str, **options: int) -> None:
        name = recorder.ours(path)
        if name is not None:
            recorder.moment(f"remove {name}")
        real_unlink(path, **options)
        if name is not None:
            recorder.change(lambda names: names.pop(name))

    with monkeypatch.context() as patched:
        for name, call in (
            ("open", opening),
            ("fsync", syncing),
            ("replace", replacing),
            ("unlink", unlinking),
        ):
            patched.setattr(os, name, call)
        yield recorder
    recorder.moment("done")
