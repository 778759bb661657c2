"""What of a card's files is left when the power goes: what was synced, and of the rest any part.

A file system with a journal (ext4): changes of names reach the disk in their order, at the latest with the
sync of a file that they concern, or of the folder. Of what was written and not synced each sector may be
there or not, in any order. What is older than `WRITTEN_BACK_AFTER` the kernel has written back by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

SECTOR = 512
STYLES = ("none", "all", "some", "torn")
"""Which of what was not synced is there: nothing, all, some writes, some sectors."""
WRITTEN_BACK_AFTER = 35.0
"""Seconds: Linux begins at 30 (`dirty_expire_centisecs`), and looks every 5."""


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Make:
    """A file that was not there is made, empty."""

    file: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A file is opened for writing: what is written, the file itself has."""

    file: str
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    file: str
    to: str


@dataclass(frozen=True, slots=True)
class Delete:
    file: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


@dataclass(frozen=True, slots=True)
class FailSync:
    """A sync failed. Linux forgets then what it could not write, and no later sync brings it back."""

    file: str


@dataclass(frozen=True, slots=True)
class SyncNames:
    """A folder was synced."""


Step = Write | Truncate | Make | Touch | Rename | Delete | Sync | FailSync | SyncNames


@dataclass(eq=False, slots=True)
class File:
    """One file, whatever its name: what is on the disk for sure, and what was done to it since, and when."""

    number: int
    synced: bytearray = field(default_factory=bytearray)
    pending: list[tuple[float, Write | Truncate]] = field(default_factory=list)
    touched: float | None = None
    """Since when it may hold what was written past this model; None: it does not."""
    emptied: bool = False
    """Whether it was then emptied first."""

    def keep(self, until: float = float("inf")) -> None:
        """Let what was done up to `until` be on the disk."""
        done = 0
        for at, step in self.pending:
            if at > until:
                break
            _apply(self.synced, step)
            done += 1
        if done:
            del self.pending[:done]


Names = dict[str, File]
Change = dict[str, File | None]


def _no_clock() -> float:
    return 0.0


class Disk:
    """Follows steps; `after_cut` gives one of the disks that a power cut may leave now.

    `look` reads what a file holds as the processes see it; it is asked about files that were touched.
    `chance` decides what of a sync that failed is on the disk.
    """

    def __init__(
        self, look: Callable[[str], bytes], now: Callable[[], float] = _no_clock, chance: Random | None = None
    ) -> None:
        self._look = look
        self._chance = chance or Random(0)
        self._now = now
        self._made = 0
        self.names: Names = {}
        self._kept: Names = {}
        self._changes: list[tuple[float, Change]] = []

    def lay(self, files: dict[str, bytes], numbers: dict[str, int] | None = None) -> None:
        """Let these files be on the disk, and no others; a number that is not told is a new one."""
        told = numbers or {}
        self._made = max(self._made, *told.values(), 0) if told else self._made
        self._changes = []
        self.names = {
            name: File(told[name] if name in told else self._number(), bytearray(data))
            for name, data in sorted(files.items())
        }
        self._kept = dict(self.names)

    def apply(self, step: Step) -> None:
        match step:
            case Write(file=name) | Truncate(file=name):
                self._written(self.names[name], step)
            case Sync(file=name):
                self._sync(name)
            case FailSync(file=name):
                self._forget(self.names[name])
            case Make(file=name):
                self._change({name: File(self._number())})
            case Touch(file=name, emptied=emptied):
                self._touch(self.names[name], name)
                self.names[name].emptied |= emptied
            case Rename(file=name, to=to):
                self._rename(name, to)
            case Delete(file=name, at_once=at_once):
                self._let_go(name)
                self._change({name: None})
                if at_once:
                    self._keep_changes(len(self._changes))
            case SyncNames():
                self._keep_changes(len(self._changes))

    def after_cut(self, random: Random) -> dict[str, bytes]:
        """One of the disks that a cut at this moment may leave behind."""
        return {name: data for name, (_, data) in self._left(random).items()}

    def cut(self, random: Random) -> dict[str, bytes]:
        """Cut the power: the disk that is left, which is all that there is from now on."""
        left = self._left(random)
        files = {name: data for name, (_, data) in left.items()}
        self.lay(files, {name: number for name, (number, _) in left.items()})
        return files

    # --- inside ----------------------------------------------------------------------------

    def _number(self) -> int:
        self._made += 1
        return self._made

    def _left(self, random: Random) -> dict[str, tuple[int, bytes]]:
        style = random.choice(STYLES)
        old = self._now() - WRITTEN_BACK_AFTER
        sure = sum(at <= old for at, _ in self._changes)
        more = {"none": sure, "all": len(self._changes)}
        there = more[style] if style in more else random.randint(sure, len(self._changes))
        names = dict(self._kept)
        for _, change in self._changes[:there]:
            _rename(names, change)
        return {
            name: (file.number, self._content(file, random, style, old))
            for name, file in sorted(names.items())
        }

    def _content(self, file: File, random: Random, style: str, old: float) -> bytes:
        data = bytearray(file.synced)
        if file.touched is not None:
            current = self._look(self._name_of(file))
            if file.touched <= old:
                return current
            mixed = _begun if file.emptied or not data else _overwritten
            if style in {"none", "all"}:
                return bytes(data) if style == "none" else current
            return mixed(data, current, random)
        for at, step in file.pending:
            if at <= old:
                _apply(data, step)
            elif style != "none":
                for piece in _pieces(step, torn=style == "torn"):
                    if style == "all" or random.random() < 0.5:
                        _apply(data, piece)
        return bytes(data)

    def _written(self, file: File, step: Write | Truncate) -> None:
        now = self._now()
        if file.touched is not None:
            self._let_go(step.file)
        if file.pending and file.pending[0][0] <= now - WRITTEN_BACK_AFTER:
            file.keep(now - WRITTEN_BACK_AFTER)
        file.pending.append((now, step))

    def _name_of(self, file: File) -> str:
        return next(name for name, other in self.names.items() if other is file)

    def _sync(self, name: str) -> None:
        file = self.names[name]
        if file.touched is not None:
            file.synced, file.touched, file.emptied = bytearray(self._look(name)), None, False
        file.keep()
        if self._kept.get(name) is not file:
            concerned = [n for n, (_, change) in enumerate(self._changes) if change.get(name) is file]
            self._keep_changes(concerned[-1] + 1)

    def _forget(self, file: File) -> None:
        style = self._chance.choice(STYLES)
        file.synced = bytearray(self._content(file, self._chance, style, self._now() - WRITTEN_BACK_AFTER))
        file.pending.clear()
        file.touched, file.emptied = None, False

    def _touch(self, file: File, name: str) -> None:
        now = self._now()
        if file.touched is None:
            file.keep()
        elif file.touched <= now - WRITTEN_BACK_AFTER:
            file.synced, file.emptied = bytearray(self._look(name)), False
        else:
            return
        file.touched = now

    def _rename(self, name: str, to: str) -> None:
        if name in self.names:
            self._let_go(to)
            self._change({to: self.names[name], name: None})
            return
        # A folder, with all that is in it.
        inside = [found for found in self.names if found.startswith(f"{name}/")]
        self._change({to + found.removeprefix(name): self.names[found] for found in inside})
        self._change(dict.fromkeys(inside))

    def _let_go(self, name: str) -> None:
        """A name is about to be another file's, or nobody's: what its file holds now cannot be read later."""
        file = self.names.get(name)
        if file is not None and file.touched is not None:
            file.pending.append((file.touched, Truncate(name, 0)))
            file.pending.append((file.touched, Write(name, 0, self._look(name))))
            file.touched, file.emptied = None, False

    def _change(self, change: Change) -> None:
        _rename(self.names, change)
        now = self._now()
        self._keep_changes(sum(at <= now - WRITTEN_BACK_AFTER for at, _ in self._changes))
        self._changes.append((now, change))

    def _keep_changes(self, number: int) -> None:
        for _, change in self._changes[:number]:
            _rename(self._kept, change)
        del self._changes[:number]


def _rename(names: Names, change: Change) -> None:
    for name, file in change.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _begun(_old: bytearray, current: bytes, random: Random) -> bytes:
    """A file that was made anew, as far as it came."""
    return current[: SECTOR * random.randint(0, len(current) // SECTOR)]


def _overwritten(old: bytearray, current: bytes, random: Random) -> bytes:
    """A file that was written in its place, each sector the old one or the new."""
    for start in range(0, len(current), SECTOR):
        if random.random() < 0.5:
            _apply(old, Write("", start, current[start : start + SECTOR]))
    return bytes(old)


def _pieces(step: Write | Truncate, *, torn: bool) -> Iterable[Write | Truncate]:
    if not torn or not isinstance(step, Write):
        return (step,)
    # A sector is written whole or not at all; sectors begin at multiples of their size in the file.
    cuts = [0, *range(SECTOR - step.offset % SECTOR, len(step.data), SECTOR), len(step.data)]
    return [
        Write(step.file, step.offset + start, step.data[start:end])
        for start, end in pairwise(cuts)
        if end > start
    ]


def _apply(data: bytearray, step: Write | Truncate) -> None:
    match step:
        case Truncate(size=size):
            del data[size:]
            data.extend(bytes(size - len(data)))
        case Write(offset=offset, data=written):
            if len(data) < offset:
                data.extend(bytes(offset - len(data)))
            data[offset : offset + len(written)] = written
