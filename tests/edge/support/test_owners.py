"""Files and folders are given to a user, and nothing of somebody else's with them."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.support.owners import FileOwner, give, own_all, owner_by_name, owner_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="LOUD SKIP: only root can give files away")


def test_a_name_that_nobody_has_here_is_nobody() -> None:
    assert owner_by_name("nobody-of-that-name", "games", 0o600) is None
    assert owner_by_name("games", "nobody-of-that-name", 0o600) is None
    found = owner_by_name("games", "news", 0o640)
    assert found is not None
    assert found.mode == 0o640


def test_a_mode_never_has_a_file_run_as_its_owner(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.touch()
    folder.mkdir()
    for path in (file, folder):
        give(path, FileOwner(os.geteuid(), os.getegid(), 0o7750))
    assert (owner_of(file).mode, owner_of(folder).mode) == (0o750, 0o2750)


@as_root
def test_all_in_a_folder_becomes_its_owners_but_for_links(tmp_path: Path) -> None:
    folder, precious = tmp_path / "folder", tmp_path / "precious"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "file").touch(0o600)
    precious.touch()
    (folder / "link").symlink_to(precious)
    os.link(precious, folder / "second-name")
    os.mkfifo(folder / "pipe")
    os.chown(folder, 64_001, 64_002)
    assert own_all(folder) == 2
    for path in (folder / "below", folder / "below" / "file"):
        assert (path.stat().st_uid, path.stat().st_gid) == (64_001, 64_002)
    assert stat.S_IMODE((folder / "below" / "file").stat().st_mode) == 0o600
    assert (precious.stat().st_uid, (folder / "link").lstat().st_uid) == (0, 0)
    assert own_all(folder) == 0


def _a_socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def _a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


@as_root
@pytest.mark.parametrize("becomes", [Path.unlink, _a_link, _a_socket], ids=["gone", "a link", "a socket"])
@pytest.mark.parametrize("looks", ["stat", "open"])
def test_what_changes_meanwhile_is_passed_over_and_the_rest_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becomes: Callable[[Path], None], looks: str
) -> None:
    """A service that runs makes and removes files, between any two looks at them."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "brief", "c"):
        (folder / name).touch()
    os.chown(folder, 64_001, 64_002)
    look = getattr(os, looks)

    def looked(path: object, *words: object, **more: object) -> object:
        if path == "brief" and "dir_fd" in more and (folder / "brief").is_file():
            becomes(folder / "brief")
        return look(path, *words, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, looks, looked)
        assert own_all(folder) == 2
    assert {(folder / name).stat().st_uid for name in ("a", "c")} == {64_001}


@as_root
def test_another_fault_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    os.chown(tmp_path, 64_001, 64_002)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    with pytest.raises(PermissionError):
        own_all(tmp_path)


@as_root
def test_a_link_is_not_given_away(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        give(tmp_path / "link", FileOwner(64_001, 64_001, 0o666))
    assert (tmp_path / "precious").stat().st_uid == 0
