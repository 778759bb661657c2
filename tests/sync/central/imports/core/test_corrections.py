"""What is offered for a cell that cannot be read, and where nothing is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.imports.core.corrections import offered


@pytest.mark.parametrize(
    ("column", "text", "meant"),
    [
        ("id", "S-20441７", "S-204417"),
        ("id", " S - 204 417 ", "S-204417"),
        ("id", "S—204417", "S-204417"),
        ("id", "S-204417", None),
        ("id", "", None),
        ("valid_until", "2026/6/1", "2026-06-01"),
        ("valid_until", "2026.06.01", "2026-06-01"),
        ("valid_until", "2026年6月1日", "2026-06-01"),
        ("valid_until", "20260601", "2026-06-01"),
        ("valid_until", "２０２６/6/1", "2026-06-01"),
        ("valid_until", "2026 - 06 - 01", "2026-06-01"),
        ("valid_until", "31.12.2026", "2026-12-31"),
        ("valid_until", "12/31/2026", "2026-12-31"),
        ("valid_until", "5/5/2026", "2026-05-05"),
        ("valid_until", "03/04/2026", None),  # March or April
        ("valid_until", "31/02/2027", None),  # there is no such day
        ("valid_until", "soon", None),
        ("address", "8栋2单元301", "8/2/301"),
        ("address", "8号楼2单元301室", "8/2/301"),
        ("address", "8幢301", "8/1/301"),
        ("address", "11一1一904", "11-1-904"),
        ("address", "１１－１－９０４", "11-1-904"),
        ("address", "6 - 1 - 1203", "6-1-1203"),
        ("address", "6-1-1203", None),
        ("address", "3/2/1", None),
        ("address", "３号楼/２单元/301室", "3/2/301"),
        ("address", "3/2/somewhere else", "3/2/somewhereelse"),
        ("status", "绿码", "green"),
        ("status", "Ｇ", "green"),
        ("status", "查询超时", "timeout"),
        ("status", "green", None),
        ("groups", "resident；ｓtaff", "resident;staff"),
        ("name", "李\u3000娜", "李 娜"),
        ("name", "Li\u200b Na\x07", "Li Na"),
    ],
)
def test_what_is_offered(column: str, text: str, meant: str | None) -> None:
    assert offered(column, text) == meant


@given(st.sampled_from(["id", "address", "valid_from", "status", "groups", "name"]), st.text(max_size=30))
def test_an_offer_is_final_and_never_what_was_there(column: str, text: str) -> None:
    meant = offered(column, text)
    if meant is not None:
        assert meant != text
        assert offered(column, meant) is None


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_three_spellings_of_a_day_are_one_day(day: date) -> None:
    for text in (
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
    ):
        assert offered("valid_until", text) == day.isoformat()
