"""Unpacks a version beside the one in force: of a package only its own folder, owned by who unpacks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from edge.support.files import sync_folder
from sync.updates.core import MOST_UNPACKED_BYTES, Platform, UpdateError
from sync.updates.packages import misfit, package_fields

_MOST_FILES = 200_000
_PIECE = 1 << 20
_PYTHON = "/usr/bin/python3"
_SECONDS = 60
_OPEN = 0o755
_REMEDY = "tell its publisher; the version that runs goes on"


def clear_for(versions: Path, version: str) -> None:
    """Remove what an earlier unpacking of `version` left."""
    for leftover in (_aside(versions, version), versions / version):
        shutil.rmtree(leftover, ignore_errors=True)


def unpack(
    package: Path, versions: Path, version: str, platform: Platform, cut: Callable[[str], None]
) -> Path:
    """The folder of `version`, whole: its files are on disk before it has its name. Raises UpdateError.

    `cut` is called after each step that a power cut may follow.
    """
    wrong = misfit(package_fields(package), version, platform)
    if wrong:
        raise UpdateError(f"it is another package: {wrong}", where=str(package), remedy=_REMEDY)
    aside, whole = _aside(versions, version), versions / version
    _make_folder(aside)
    cut("folder made")
    try:
        _extract(package, aside, f"opt/gatepost/{version}")
        if not (aside / "bin" / "gatepost").exists():
            raise UpdateError(f"there is no {version}/bin/gatepost in it", where=str(package), remedy=_REMEDY)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    cut("unpacked")
    os.sync()  # tens of thousands of files: one by one takes minutes on a card
    aside.rename(whole)
    sync_folder(versions)
    cut("named")
    return whole


def _aside(versions: Path, version: str) -> Path:
    return versions / f".{version}.new"


def _extract(package: Path, into: Path, prefix: str) -> None:
    """Unpack what lies in `prefix` of `package` into the empty folder `into`."""
    command = ["/usr/bin/dpkg-deb", "--fsys-tarfile", str(package.resolve())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            with tarfile.open(fileobj=cast("BinaryIO", process.stdout), mode="r|") as archive:
                _Extraction(into, PurePosixPath(prefix)).all_of(archive)
            process.stdout.read()
            said = (process.stderr.read() if process.stderr else b"").decode(errors="replace").strip()
            if process.wait(_SECONDS) != 0:
                raise UpdateError(f"it is damaged: {said[:200]}", where=str(package), remedy=_REMEDY)
        except (tarfile.TarError, subprocess.TimeoutExpired, EOFError) as error:
            raise UpdateError(f"it is damaged: {error}", where=str(package), remedy=_REMEDY) from None
        finally:
            process.kill()


class _Extraction:
    """One package unpacked; what it wrote, and how much."""

    def __init__(self, into: Path, prefix: PurePosixPath) -> None:
        self._into = into
        self._prefix = prefix
        self._links: set[PurePosixPath] = set()
        self._files: set[PurePosixPath] = set()
        self._bytes = 0

    def all_of(self, archive: tarfile.TarFile) -> None:
        for member in archive:
            inside = self._inside(member.name)
            if inside is not None:
                self._refuse_too_much(member)
                self._one(archive, member, inside)

    def _inside(self, name: str) -> PurePosixPath | None:
        """The path of a member within the prefix; None: it lies elsewhere, or is the folder itself."""
        path = PurePosixPath(name.removeprefix("./"))
        if path == self._prefix or not path.is_relative_to(self._prefix):
            return None
        inside = path.relative_to(self._prefix)
        if ".." in inside.parts or self._links & set(inside.parents):
            raise _stray(name)
        return inside

    def _refuse_too_much(self, member: tarfile.TarInfo) -> None:
        self._bytes += max(member.size, 0)
        if self._bytes > MOST_UNPACKED_BYTES or len(self._files) > _MOST_FILES:
            raise UpdateError("it unpacks to more than a version may have", remedy=_REMEDY)

    def _one(self, archive: tarfile.TarFile, member: tarfile.TarInfo, inside: PurePosixPath) -> None:
        path = self._into / inside
        if member.isdir():
            _make_folder(path)
        elif member.issym():
            self._link(path, inside, member)
        elif member.islnk():
            source = self._inside(member.linkname)
            if source is None or source not in self._files:
                raise _stray(member.name)
            os.link(self._into / source, path, follow_symlinks=False)
            self._files.add(inside)
        elif member.isreg():
            self._file(archive, member, path)
            self._files.add(inside)
        else:
            raise UpdateError(f"{member.name} is neither file, folder nor link", remedy=_REMEDY)

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        _make_folder(path.parent)
        source = archive.extractfile(member)
        # No set-user-id bits, and nobody but its owner writes.
        mode = 0o755 if member.mode & 0o111 else 0o644
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, mode), "wb") as target:
            os.fchmod(target.fileno(), mode)
            if source is not None:
                shutil.copyfileobj(source, target, _PIECE)
        # A compiled module counts only where its source has the time that it was compiled by.
        os.utime(path, (member.mtime, member.mtime), follow_symlinks=False)

    def _link(self, path: Path, inside: PurePosixPath, member: tarfile.TarInfo) -> None:
        target = PurePosixPath(member.linkname)
        if target.is_absolute():
            # An environment's Python is the distribution's; anything else that is absolute points out of it.
            if not member.linkname.startswith(_PYTHON) or "/" in member.linkname.removeprefix("/usr/bin/"):
                raise _stray(member.name)
        elif os.path.normpath(inside.parent / target).startswith(".."):
            raise _stray(member.name)
        _make_folder(path.parent)
        path.symlink_to(member.linkname)
        self._links.add(inside)


def _make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing: for everybody to enter, whatever the umask."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir()
        path.chmod(_OPEN)


def _stray(name: str) -> UpdateError:
    return UpdateError(f"{name[:200]} leads out of its folder", remedy=_REMEDY)
