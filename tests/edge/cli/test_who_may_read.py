"""What commands make is their owner's alone, whatever the umask; what is for everybody is for everybody."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cli.main import run
from edge.support.modes import closed_to_others
from sync.cli.main import GROUPS


@pytest.fixture(autouse=True, params=[0o022, 0o000, 0o002])
def usual_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def call(*words: str | Path) -> None:
    with pytest.raises(SystemExit) as ended:
        run(GROUPS, [str(word) for word in words])
    assert not ended.value.code


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def test_a_site_and_a_centre_are_closed_to_others(tmp_path: Path) -> None:
    folder, centre = tmp_path / "site", tmp_path / "centre"
    call("site", "init", folder, "--gate", "main")
    at = ("--folder", folder)
    call("subject", "create", "li-na", "--group", "resident", *at)
    call("registry", "build", *at)
    call("central", "init", centre, "--plain", "--take-over", folder)
    call("central", "registry", "publish", folder.name, "--config", centre / "central.toml")
    for place in (folder, centre):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        found = modes(place)
        assert {"site.toml", "central.toml"} & found.keys()
        assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}


def test_a_book_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    call("site", "init", folder, "--gate", "main")
    call("subject", "create", "li-na", "--folder", folder)
    (folder / "subjects.sqlite").chmod(0o644)
    call("subject", "list", "--folder", folder)
    assert stat.S_IMODE((folder / "subjects.sqlite").stat().st_mode) == 0o600


def test_the_page_for_phones_is_for_any_web_server(tmp_path: Path) -> None:
    call("pass", "page", "create", tmp_path / "page")
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o755
    assert set(modes(tmp_path / "page").values()) == {0o644}


def test_who_has_shut_others_out_already_is_taken_at_their_word(tmp_path: Path) -> None:
    os.umask(0o027)
    with closed_to_others():
        (tmp_path / "for the group").touch(0o666)
    assert stat.S_IMODE((tmp_path / "for the group").stat().st_mode) == 0o640
    assert os.umask(0o022) == 0o027
