"""The one text of each cell, and cells that a spreadsheet would carry out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.exports.core.columns import CellKind, Column, RowsDigest, Value, neutral, text_of, value_of


@pytest.mark.parametrize(
    ("brought", "exported"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+86 10", "'+86 10"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("Li Na", "Li Na"),
        ("a=b", "a=b"),
        ("", ""),
        (-1, -1),  # a number is no formula
        (None, None),
    ],
)
def test_a_text_that_a_spreadsheet_would_carry_out_has_a_quote_before_it(
    brought: Value, exported: Value
) -> None:
    assert neutral(brought) == exported


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("red", CellKind.TEXT, "red"),
        (None, CellKind.TEXT, ""),
        (48213, CellKind.INTEGER, "48213"),
        (1_772_496_000_000_001, CellKind.TIME, "2026-03-03T00:00:00.000001Z"),
        (None, CellKind.TIME, ""),
    ],
)
def test_a_cell_has_one_text(value: Value, kind: CellKind, text: str) -> None:
    assert text_of(value, kind) == text
    assert value_of(text, kind) == (value if value is not None or kind is not CellKind.TEXT else "")


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_time_comes_back_to_the_microsecond(at: int) -> None:
    assert value_of(text_of(at, CellKind.TIME), CellKind.TIME) == at


COLUMNS = (Column("device"), Column("sequence", CellKind.INTEGER))


def digest(*rows: tuple[str, ...], columns: tuple[Column, ...] = COLUMNS) -> bytes:
    made = RowsDigest(columns)
    for row in rows:
        made.add(row)
    return made.value


def test_no_two_tables_have_one_digest() -> None:
    table = (("a", "1"), ("b", "2"))
    assert digest(*table) == digest(*table)
    others = [
        digest(*reversed(table)),
        digest(*table[:1]),
        digest(("a1", ""), ("b", "2")),
        digest(("a", "1", "b", "2")),
        digest(*table, columns=(Column("device"), Column("sequence"))),
        digest(*table, columns=(Column("gate"), Column("sequence", CellKind.INTEGER))),
    ]
    assert digest(*table) not in others
