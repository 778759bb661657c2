"""Puts the files of a gate where they are read: all of them or none, the old ones kept."""

from __future__ import annotations

import errno
import grp
import os
import pwd
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.errors import ConfigurationError
from edge.support.files import Durability, make_folder, read_bounded, write_aside

_MOST_BYTES = 1 << 32
_MOST_NAMES = 100
GATE_USER, SYNC_USER = "gatepost", "gatepost-sync"


@dataclass(frozen=True)
class Owner:
    """Whose a file is, and who may read it. `user` and `group` None: who calls."""

    mode: int
    user: str | None = None
    group: str | None = None


CONFIGURATION = Owner(0o640, "root", GATE_USER)
GATES_OWN = Owner(0o600, GATE_USER, GATE_USER)
FOR_ALL = Owner(0o644, "root", "root")
ARRIVED = Owner(0o640, SYNC_USER, GATE_USER)


@dataclass(frozen=True)
class NewFile:
    """A file to be written. `kept`: what is there, and says something else, is kept under another name."""

    path: Path
    data: bytes
    owner: Owner
    kept: bool = False


def refuse_missing_users(files: Iterable[NewFile]) -> None:
    """Raise ConfigurationError where a file's user or group is not there."""
    for file in files:
        try:
            _ids(file.owner)
        except KeyError as error:
            raise ConfigurationError(
                f"there is no such user or group: {error.args[0]}",
                where=str(file.path),
                remedy="install the package, or: systemd-sysusers; systemd-tmpfiles --create",
            ) from None


@dataclass(frozen=True)
class WrittenFiles:
    """Files that were written, with what lay there before; None: nothing did. `kept` are copies of that."""

    before: tuple[tuple[Path, bytes | None, Owner], ...] = ()
    kept: tuple[Path, ...] = ()

    @property
    def written(self) -> tuple[Path, ...]:
        return tuple(path for path, _, _ in self.before)

    def undo(self) -> None:
        """Put everything back as it was, the last first. Raises OSError."""
        for path, before, owner in reversed(self.before):
            if before is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, before, owner)


def write_all(files: tuple[NewFile, ...], now: datetime) -> WrittenFiles:
    """Write every file that says something new. Raises ConfigurationError.

    Where one cannot be written, or somebody interrupts, those before it are put back as they were.
    """
    change = WrittenFiles()
    try:
        for file in files:
            before = _before(file.path)
            if before == file.data:
                _own(file.path, file.owner)
                continue
            make_folder(file.path.parent, 0o755 if file.owner.mode & 0o004 else 0o700)
            kept = _kept(file, before, now)
            change = WrittenFiles((*change.before, (file.path, before, file.owner)), (*change.kept, *kept))
            _write(file.path, file.data, file.owner)
    except BaseException as error:
        with suppress(OSError):
            change.undo()
        if isinstance(error, OSError):
            raise ConfigurationError(
                f"cannot be written: {error.strerror or error}; nothing was changed",
                where=str(error.filename or file.path),
                remedy=_remedy(error),
            ) from error
        raise
    return change


def _kept(file: NewFile, before: bytes | None, now: datetime) -> tuple[Path, ...]:
    """The copy of what lies there, made where one is to be kept."""
    if not file.kept or before is None:
        return ()
    kept = _name_for(file.path, now)
    _write(kept, before, file.owner)
    return (kept,)


def _before(path: Path) -> bytes | None:
    try:
        return read_bounded(path, _MOST_BYTES)
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes, owner: Owner) -> None:
    write_aside(path, data, owner.mode, Durability.LASTING)
    _own(path, owner)


def _own(path: Path, owner: Owner) -> None:
    """Only root can give a file away, and only root need: elsewhere it stays with who calls."""
    # Never through a link: some of these folders are other users'.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if os.geteuid() == 0 and owner.user is not None:
            os.fchown(descriptor, *_ids(owner))
        os.fchmod(descriptor, owner.mode)
    finally:
        os.close(descriptor)


def _ids(owner: Owner) -> tuple[int, int]:
    user = -1 if owner.user is None else pwd.getpwnam(owner.user).pw_uid
    group = -1 if owner.group is None else grp.getgrnam(owner.group).gr_gid
    return user, group


def _name_for(path: Path, now: datetime) -> Path:
    """A name for the old file: the day, and a number where that day has one already."""
    for number in range(1, _MOST_NAMES):
        kept = path.with_name(f"{path.name}.{now:%Y-%m-%d}.{number}")
        if not kept.exists():
            return kept
    return path.with_name(f"{path.name}.before")


def _remedy(error: OSError) -> str:
    return {
        errno.ENOSPC: "the card is full: journalctl --vacuum-size=50M, apt-get clean; then run it again",
        errno.EROFS: "the card is read-only: mount -o remount,rw / (or the data partition); dmesg says why",
        errno.EACCES: "run it as root: sudo gatepost setup",
        errno.EPERM: "run it as root: sudo gatepost setup",
    }.get(error.errno or 0, "see what df and dmesg say of the card, and run it again")
