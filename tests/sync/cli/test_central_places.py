"""`gatepost central place`: the tree by hand, over a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import called


@pytest.fixture
def centre(tmp_path: Path) -> Callable[..., str]:
    """A centre with one site, and a way to have it told something."""

    def tell(*words: str, code: int = 0) -> str:
        done = called("central", *words, cwd=tmp_path / "centre" if words[0] != "init" else tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr if code else done.stdout

    tell("init", "centre", "--plain")
    tell("site", "set", "north", "--name", "北苑", "--city", "江城市", "--district", "东湖区")
    return tell


def test_the_tree_is_made_moved_and_named_by_hand(centre: Callable[..., str]) -> None:
    centre(
        "place",
        "create",
        "北市场街道",
        "--level",
        "street",
        "--within",
        "江城市/东湖区",
        "--code",
        "420102001",
    )
    centre("place", "move", "north", "--within", "420102001")
    centre("place", "set", "江城市", "--name", "大江城市")
    assert centre("place", "list").splitlines() == [
        "大江城市  city",
        "  东湖区  district",
        "    北市场街道  street  420102001",
        "      北苑  site north",
    ]
    assert "大江城市/东湖区/北市场街道/北苑" in centre("place", "show", "north")
    assert "holds 1 more places" in centre("place", "remove", "420102001", code=1)
    centre("site", "set", "north", "--city", "别处", "--district", "", "--street", "")
    centre("place", "remove", "420102001")
    assert "420102001" not in centre("place", "list")


def test_address_codes_are_tried_imported_listed_and_removed(
    centre: Callable[..., str], tmp_path: Path
) -> None:
    table = tmp_path / "rooms.csv"
    table.write_bytes("building,unit,room\n3号楼,2,301\n3,2,王家\n".encode("gbk"))
    assert "nothing was changed" in centre("address", "import", str(table), "--site", "north", code=1)
    assert centre("address", "list", "north") == ""
    table.write_text("building,unit,room\n3号楼,2,301\n")
    assert "nothing was changed" in centre("address", "import", str(table), "--site", "north", "--dry-run")
    assert "3 codes imported" in centre("address", "import", str(table), "--site", "north")
    assert centre("address", "list", "north", "--within", "3/2/") == "3/2/301  room\n"
    assert "3 codes removed" in centre("address", "remove", "3", "--site", "north")
