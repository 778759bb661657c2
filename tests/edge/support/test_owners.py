"""Files and folders are given to a user, and nothing of somebody else's with them."""

from __future__ import annotations

import os
import stat
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


@as_root
def test_a_link_is_not_given_away(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        give(tmp_path / "link", FileOwner(64_001, 64_001, 0o666))
    assert (tmp_path / "precious").stat().st_uid == 0
