"""Files in the place of others: what a reader sees, what is on disk when the writing returns, whose it is."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.support.files import (
    Durability,
    close_to_others,
    list_bounded,
    own,
    rewrite_synced,
    write_aside,
    write_synced,
)

THEIRS = 64_003
"""A user of whom the system knows nothing but the number."""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can write as another user")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the operating system, in order: what is synced, and the renames."""
    asked: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        asked.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        asked.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    return asked


@pytest.mark.parametrize(
    ("durability", "order"),
    [
        (Durability.PASSING, ["rename"]),
        (Durability.WHOLE, ["file", "rename"]),
        (Durability.LASTING, ["file", "rename", "folder"]),
    ],
)
def test_each_durability_syncs_what_it_promises_before_it_returns(
    calls: list[str], tmp_path: Path, durability: Durability, order: list[str]
) -> None:
    write_aside(tmp_path / "file", b"new", durability=durability)
    assert calls == order
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize("durability", list(Durability))
def test_a_writing_that_fails_half_way_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, durability: Durability
) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        write_aside(path, pieces(), durability=durability)
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_mode_is_as_asked_whatever_the_umask_and_the_old_file_s(
    tmp_path: Path, mode: int, umask: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o666)
    before = os.umask(umask)
    try:
        write_aside(path, [b"n", b"ew"], mode)
    finally:
        os.umask(before)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)


def aside_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


LAID: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda aside, secret: aside.symlink_to(secret),
    "a second name": lambda aside, secret: aside.hardlink_to(secret),
    "a pipe": lambda aside, _: os.mkfifo(aside),
    "what an interrupted writing left": lambda aside, _: aside.write_bytes(b"a longer half of it"),
}


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("write", [write_aside, lambda path, data: write_synced(aside_of(path), data)])
def test_what_somebody_laid_where_a_file_is_written_is_neither_followed_nor_waited_for(
    tmp_path: Path, laid: str, write: Callable[[Path, bytes], None]
) -> None:
    secret, aside = tmp_path / "secret", tmp_path / "file.new"
    secret.write_bytes(b"keep")
    LAID[laid](aside, secret)
    write(tmp_path / "file", b"new")
    assert secret.read_bytes() == b"keep"
    written = next(path for path in (tmp_path / "file", aside) if path.exists())
    assert (written.read_bytes(), written.stat().st_nlink, written.is_symlink()) == (b"new", 1, False)


def test_where_a_folder_lies_nothing_is_written_and_nothing_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file.new" / "kept").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_aside(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert (tmp_path / "file.new" / "kept").is_dir()


def test_a_file_like_another_has_its_mode_and_none_of_its_rights_to_act_as_somebody(tmp_path: Path) -> None:
    (tmp_path / "like").touch()
    (tmp_path / "like").chmod(0o4640)
    write_aside(tmp_path / "file", b"new", like=tmp_path / "like")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@as_root
def test_a_file_like_another_has_its_owner(tmp_path: Path) -> None:
    (tmp_path / "like").touch()
    os.chown(tmp_path / "like", THEIRS, THEIRS + 1)
    write_aside(tmp_path / "file", b"new", like=tmp_path / "like")
    written = (tmp_path / "file").stat()
    assert (written.st_uid, written.st_gid) == (THEIRS, THEIRS + 1)


@as_root
def test_root_gives_away_nothing_where_the_folder_was_exchanged_for_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`theirs` is a link to root's folder while the file is made, and their own folder again right after."""
    theirs, roots, real = tmp_path / "theirs", tmp_path / "roots", os.open
    (tmp_path / "real").mkdir()
    os.chown(tmp_path / "real", THEIRS, THEIRS)
    (tmp_path / "real" / "file.new").touch()
    roots.mkdir()
    theirs.symlink_to(roots)

    def exchanged(path: Path, flags: int, mode: int = 0o777, **words: int) -> int:
        descriptor = real(path, flags, mode, **words)
        if flags & os.O_CREAT:
            theirs.unlink()
            theirs.symlink_to(tmp_path / "real")
        return descriptor

    monkeypatch.setattr(os, "open", exchanged)
    with pytest.raises(OSError, match="exchanged"):
        write_aside(theirs / "file", b"new")
    assert {path.stat().st_uid for path in roots.iterdir()} == {0}


@pytest.mark.parametrize("close", [own, close_to_others])
def test_a_file_is_kept_to_its_owner_alone(tmp_path: Path, close: Callable[[Path], None]) -> None:
    (tmp_path / "file").touch(mode=0o664)
    close(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("laid", ["a pipe", "a link"])
@as_root
def test_root_closes_no_file_that_a_link_leads_to_and_waits_at_no_pipe(tmp_path: Path, laid: str) -> None:
    secret, path = tmp_path / "everybodys", tmp_path / "file"
    secret.touch()
    secret.chmod(0o644)
    LAID[laid](path, secret)
    own(path)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o644


def test_a_process_that_closes_its_own_file_to_others_keeps_its_locks_on_it(tmp_path: Path) -> None:
    """A process that closes any descriptor of a file loses its POSIX locks on it, and SQLite's are those."""
    path = tmp_path / "file"
    path.touch(mode=0o664)
    with path.open("rb+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        close_to_others(path)
        child = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'rb+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        done = subprocess.run([sys.executable, "-c", child, str(path)], capture_output=True, check=False)
    assert b"BlockingIOError" in done.stderr


def test_a_name_that_is_not_text_is_left_out_of_a_list(tmp_path: Path) -> None:
    for name in (b"list-\xff.delta", b"list-1.delta", "list-é.delta".encode()):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).touch()  # noqa: PTH118 - of bytes
    assert [path.name for path in list_bounded(tmp_path, "*.delta", 10)] == ["list-1.delta", "list-é.delta"]


@pytest.mark.parametrize("size", [1, 4096, (1 << 20) + 17], ids=["a byte", "a page", "more than a piece"])
def test_a_file_is_written_over_with_its_own_bytes_and_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path, written, synced = tmp_path / "log", bytearray(size), []
    data = bytes(number % 251 for number in range(size))
    path.write_bytes(data)
    real = os.pwrite

    def writing(descriptor: int, piece: bytes, place: int) -> int:
        written[place : place + len(piece)] = piece
        return real(descriptor, piece, place)

    monkeypatch.setattr(os, "pwrite", writing)
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    rewrite_synced(path)
    assert bytes(written) == path.read_bytes() == data
    assert synced == [path.stat().st_ino]


def test_where_no_file_is_none_is_written_over(tmp_path: Path) -> None:
    rewrite_synced(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []
