"""A disk with a write cache that loses its power: a plugin of nbdkit, run by Debian's own Python.

`nbdkit python volatile_disk.py base=BASE changes=FOLDER seed=N`. What the machine wrote and did not flush
when its connection ended is subject to chance, block by block of 4 KiB: the block is as it was, or as any of
the writes since the last flush left it. A machine that shuts down flushes first; one that is killed does not.
The base is never written to: blocks that were go to FOLDER, and the next machine finds them there.

Where a file FOLDER/armed says N, the power is lost at the Nth write after it: in the midst of writing, before
the flush that would follow. From then on nothing is taken and nothing is flushed.
"""

from __future__ import annotations

import errno
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

API_VERSION = 2
BLOCK = 4096


class Disk:
    """Blocks on a base, what was flushed above it, and what was not."""

    def __init__(self, base: Path, folder: Path, chance: random.Random) -> None:
        self.base = os.open(base, os.O_RDONLY)
        self.size = os.fstat(self.base).st_size
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.blocks = os.open(self.folder / "blocks", os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self.blocks, self.size)
        index = self.folder / "index"
        self.index = os.open(index, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.flushed = {int(line) for line in index.read_text().splitlines()}
        self.cached: dict[int, list[bytes]] = {}
        self.chance = chance
        self.writes_left: int | None = None
        self.dead = False

    def read(self, count: int, offset: int) -> bytes:
        """`count` bytes from `offset`, as the machine left them."""
        first, last = offset // BLOCK, (offset + count - 1) // BLOCK
        found = b"".join(self._runs(first, last))
        return found[offset - first * BLOCK :][:count]

    def write(self, data: bytes, offset: int) -> None:
        """Take `data` into the cache; a part of a block changes it whole. Raises OSError without power."""
        self._has_power()
        at = 0
        while at < len(data):
            number, within = divmod(offset + at, BLOCK)
            part = data[at : at + BLOCK - within]
            before = self._block(number) if len(part) < BLOCK else b""
            block = before[:within] + part + before[within + len(part) :]
            self.cached.setdefault(number, []).append(block)
            at += len(part)
        self._count()

    def flush(self) -> None:
        """Everything that was written lasts from now on. Raises OSError without power."""
        self._has_power()
        for number, versions in self.cached.items():
            self._keep(number, versions[-1])
        self.cached.clear()

    def lose_power(self) -> tuple[int, int]:
        """Let chance decide what of the cache is on the disk; how many blocks were at stake, and lost."""
        self.dead = True
        stake = lost = 0
        for number, versions in sorted(self.cached.items()):
            kept = self.chance.randint(0, len(versions))
            stake += 1
            lost += kept < len(versions)
            if kept:
                self._keep(number, versions[kept - 1])
        self.cached.clear()
        with (self.folder / "cuts").open("a") as cuts:
            cuts.write(json.dumps({"at_stake": stake, "lost": lost}) + "\n")
        return stake, lost

    def _has_power(self) -> None:
        if self.dead:
            raise OSError(errno.EIO, "the power is gone")

    def _count(self) -> None:
        """One write nearer to the cut that was asked for."""
        armed = self.folder / "armed"
        if self.writes_left is None and armed.exists():
            self.writes_left = int(armed.read_text())
            armed.unlink()
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left <= 0:
                self.lose_power()

    def _keep(self, number: int, block: bytes) -> None:
        os.pwrite(self.blocks, block, number * BLOCK)
        if number not in self.flushed:
            self.flushed.add(number)
            os.write(self.index, f"{number}\n".encode())

    def _block(self, number: int) -> bytes:
        if number in self.cached:
            return self.cached[number][-1]
        source = self.blocks if number in self.flushed else self.base
        return os.pread(source, BLOCK, number * BLOCK)

    def _runs(self, first: int, last: int) -> Iterator[bytes]:
        """The blocks in order; neighbours from one file are read at once."""
        number = first
        while number <= last:
            if number in self.cached:
                yield self.cached[number][-1]
                number += 1
                continue
            above, end = number in self.flushed, number + 1
            while end <= last and end not in self.cached and (end in self.flushed) is above:
                end += 1
            source = self.blocks if above else self.base
            yield os.pread(source, (end - number) * BLOCK, number * BLOCK)
            number = end


# --- what nbdkit calls, by these names -------------------------------------------------------------

_given: dict[str, str] = {}


def config(key: str, value: str) -> None:
    _given[key] = value


def thread_model() -> int:
    import nbdkit

    return int(nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS)


def open(readonly: bool) -> Disk:  # noqa: A001, ARG001 - nbdkit's name
    return Disk(Path(_given["base"]), Path(_given["changes"]), random.Random(int(_given["seed"])))


def get_size(disk: Disk) -> int:
    return disk.size


def can_write(disk: Disk) -> bool:  # noqa: ARG001
    return True


def can_flush(disk: Disk) -> bool:  # noqa: ARG001
    return True


def can_fua(disk: Disk) -> int:  # noqa: ARG001
    import nbdkit

    return int(nbdkit.FUA_EMULATE)


def pread(disk: Disk, buf: bytearray, offset: int, flags: int) -> None:  # noqa: ARG001
    buf[:] = disk.read(len(buf), offset)


def pwrite(disk: Disk, buf: bytearray, offset: int, flags: int) -> None:  # noqa: ARG001
    disk.write(bytes(buf), offset)


def flush(disk: Disk, flags: int) -> None:  # noqa: ARG001
    disk.flush()


def close(disk: Disk) -> None:
    """The connection has ended: the machine shut down and has flushed, or its power is gone."""
    if not disk.dead:
        disk.lose_power()
