"""Files in the place of others: what a reader sees, what is on disk when the writing returns, whose it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.support.files import Durability, list_bounded, rewrite_synced, write_aside


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


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"keep")
    (tmp_path / "file.new").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic"):
        write_aside(tmp_path / "file", b"new")
    assert secret.read_bytes() == b"keep"


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
