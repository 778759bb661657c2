"""Who is in which group, read from a table; a row that says nothing clear is named by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.admin.imports.groups import MOST_GROUPS, read_groups
from edge.errors import RegistryError

MANY = "id,group\n" + "".join(f"p{place},g{place}\n" for place in range(MOST_GROUPS + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"id,group\nli-na,women\nwang,men\n",
        b"group,id\nwomen,li-na\nmen,wang\n",
        b"\xef\xbb\xbfid;group\r\nli-na;women\r\n\r\nwang;men\r\n",
        "id\tgroup\nli-na\twomen\nwang\tmen\n".encode("utf-16"),
    ],
)
def test_every_person_is_in_the_group_of_their_line(tmp_path: Path, data: bytes) -> None:
    (file := tmp_path / "sex.csv").write_bytes(data)
    assert read_groups(file) == {"li-na": "women", "wang": "men"}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("id,group\nli-na,women\n,men\n", ", line 3", "column id: the id is missing"),
        ("id,group\nli-na,\n", ", line 2", "column group: is empty"),
        ("id,group\nli-na\n", ", line 2", "column group: is empty"),
        ("id,group\nli-na,women,old\n", ", line 2", "3 cells for 2 columns"),
        ("id,group\nli-na,women\n\nli-na,men\n", ", line 4", "column id: 'li-na' is in line 2 already"),
        ("id,group\n1.1E+17,women\n", ", line 2", "column id: .*shortened"),
        ("id,group\nli-na,wo\x07men\n", ", line 2", "column group: .*cannot be printed"),
        (f"id,group\nli-na,{'w' * 65}\n", ", line 2", "column group: .*longer than 64"),
        ('id,group\nli-na,"women\n', ", line 2", "unexpected end of data"),
        (MANY, f", line {MOST_GROUPS + 2}", f"column group: 'g{MOST_GROUPS}' makes more than {MOST_GROUPS}"),
        ("id,group\n", "", "nobody is in it"),
        ("person,sex\nli-na,women\n", "", "has columns person, sex"),
        ("id\nli-na\n", "", "has columns id"),
        ("", "", "has columns without names"),
    ],
)
def test_what_is_unclear_is_refused_where_it_stands(tmp_path: Path, text: str, where: str, what: str) -> None:
    (file := tmp_path / "sex.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=what) as caught:
        read_groups(file)
    assert caught.value.where == f"{file}{where}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="No such file") as caught:
        read_groups(tmp_path / "nowhere.csv")
    assert caught.value.where == str(tmp_path / "nowhere.csv")
