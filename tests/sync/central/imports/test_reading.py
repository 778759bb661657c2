"""Lists as people really send them: encodings, formulas, dates in three formats, ids that are there twice."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from edge.errors import RegistryError
from sync.central.imports.core.problems import CellProblem, ProblemKind
from sync.central.imports.reading import PeopleList, read_list

ZONE = ZoneInfo("Asia/Shanghai")
LIST = """id,name,address,valid_until,status,groups
S-1,李娜,8-2-301,2026-06-01,green,resident
S-1,李娜,8-2-301,2026-06-01,,
S 2,吴波,8栋2单元302,2026/6/1,绿码,resident
S-3,=HYPERLINK(1),6-1-1,31/02/2027,pink,<b>
S-4,陈宇,6-1-2,03/04/2026,,
Ｓ-5,戴,6-1-3,2026年6月1日,,
S-6,艾,6-1-4,,,
"""


def read(text: str | bytes, *fixes: tuple[int, str]) -> PeopleList:
    return read_list(text.encode() if isinstance(text, str) else text, "list.csv", ZONE, fixes)


def cells(problems: tuple[CellProblem, ...]) -> list[tuple[int, str, str, str | None]]:
    return [(item.line, item.letter, item.kind.value, item.offer) for item in problems]


def test_every_wrong_cell_of_a_row_is_named_with_what_is_offered() -> None:
    found = read(LIST)
    assert [item.record.id for item in found.incoming] == ["S-1", "S-6"]
    assert (found.rows, found.lines) == (7, {"S-1": 2, "S-6": 8})
    assert cells(found.problems) == [
        (3, "A", "repeated", None),
        (4, "D", "time", "2026-06-01"),
        (4, "E", "status", "green"),
        (4, "A", "spelling", "S2"),
        (4, "C", "spelling", "8/2/302"),
        (5, "D", "time", None),
        (5, "E", "status", None),
        (5, "B", "formula", None),
        (5, "F", "markup", None),
        (6, "D", "time", None),
        (7, "A", "id", "S-5"),
        (7, "D", "time", "2026-06-01"),
    ]


def test_taken_offers_make_the_row_good_and_nothing_else() -> None:
    offers = [(item.line, item.column) for item in read(LIST).problems if item.offer is not None]
    found = read(LIST, *offers, (5, "name"), (99, "id"))
    by_id = {item.record.id: item.record for item in found.incoming}
    assert {item.line for item in found.problems} == {3, 5, 6}
    assert by_id["S2"].address == "8/2/302"
    assert by_id["S-5"].valid_until == datetime(2026, 6, 1, 16, tzinfo=UTC), (
        "the end of the day, in the site's zone"
    )


@pytest.mark.parametrize(
    "encoded",
    [
        LIST.encode("gbk", errors="replace"),
        codecs.BOM_UTF8 + LIST.encode(),
        LIST.encode("utf-16"),
        LIST.replace(",", ";").encode(),
        LIST.replace(",", "\t").replace("\n", "\r\n").encode(),
    ],
    ids=["GBK", "BOM", "UTF-16", "semicolons", "tabs and CRLF"],
)
def test_encodings_and_separators_are_recognised(encoded: bytes) -> None:
    found = read(encoded)
    assert [item.record.name for item in found.incoming] == ["李娜", "艾"]
    assert len(found.problems) == len(read(LIST).problems)


def test_a_row_of_another_shape_is_named_as_a_whole() -> None:
    found = read("id,name\na,Li, Na\n")
    assert [(item.line, item.column, item.kind) for item in found.problems] == [(2, "", ProblemKind.OTHER)]
    assert "2 columns" in str(found.problems[0])


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"name\nLi\n", b"id,name,name\n", b"PK\x03\x04broken"]
)
def test_what_is_no_list_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(RegistryError, match=r"list\.csv"):
        read(data)
