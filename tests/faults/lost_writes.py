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

from tests.simulation.plain_files import Writer, followed

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
class Recorder(Writer):
    """Follows one folder; `moments` are where the power may have gone."""

    folder: Path
    names: Names = field(default_factory=dict)
    on_disk: Names = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)
    written: list[File] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path in self.folder.iterdir():
            self.names[path.name] = File(path.read_bytes())
        self.on_disk = dict(self.names)

    def moment(self, step: str) -> None:
        """The power may go here."""
        for name, file in self.names.items():
            if file.written is not None:
                file.written = (self.folder / name).read_bytes()
        files = {*self.names.values(), *self.on_disk.values(), *self.written}
        contents = {file: (file.synced, file.written) for file in files}
        self.moments.append(Moment(step, dict(self.on_disk), tuple(self.pending), contents))

    def opening(self, path: str, flags: int) -> None:
        name = self._ours(path) if flags & (os.O_CREAT | os.O_TRUNC) else None
        if name is None:
            return
        self.moment(f"open {name}")
        file = self.names.get(name)
        if file is None:
            file = made = File()
            self._change(lambda names: names.__setitem__(name, made))
        if flags & os.O_TRUNC:
            file.written = b""
        self.written.append(file)

    def renaming(self, path: str, to: str) -> None:
        old, new = self._ours(path), self._ours(to)
        assert old is not None
        assert new is not None
        self.moment(f"rename {old}")
        self._change(lambda names: names.__setitem__(new, names.pop(old)))

    def removing(self, path: str) -> None:
        name = self._ours(path)
        if name in self.names:
            self.moment(f"remove {name}")
            self._change(lambda names: names.pop(name))

    def changing(self, path: str) -> None:
        """Modes and folders are there at once."""

    def syncing(self, path: str) -> None:
        self.moment("sync")
        name = self._ours(path)
        if name is None:
            self.on_disk, self.pending = dict(self.names), []
        else:
            file = self.names[name]
            file.synced, file.written = (self.folder / name).read_bytes(), None

    # --- inside ----------------------------------------------------------------------------

    def _ours(self, path: str) -> str | None:
        """The name of a path in the folder."""
        found = Path(path)
        return found.name if found.parent == self.folder else None

    def _change(self, change: Change) -> None:
        change(self.names)
        self.pending.append(change)


@contextmanager
def recorded(folder: Path) -> Iterator[Recorder]:
    """Follow what is done in `folder` meanwhile."""
    recorder, follow = Recorder(folder), followed()
    follow.folders.append(f"{folder}/")
    before = follow.begin(recorder)
    try:
        yield recorder
    finally:
        follow.end(before)
        follow.folders.remove(f"{folder}/")
    recorder.moment("done")
