"""The files of exports: what is written is read again; what is no such file is named so, in each format."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.central.exports.core.columns import CellKind, Column, text_of
from sync.central.exports.files import texts_in, writing
from sync.central.exports.formats import ExportError, FileFormat
from sync.central.exports.parquet import write_parquet
from sync.central.exports.workbooks import MOST_XLSX_CHARACTERS, write_workbook

COLUMNS = (
    Column("who", CellKind.TEXT),
    Column("how_many", CellKind.INTEGER),
    Column("at", CellKind.TIME),
)
ROWS = (("Li Na", 3, 1_700_000_000_000_000), ("=1+1", 2**60, None), ("", 0, 1))


@pytest.mark.parametrize("kind", FileFormat)
def test_a_file_says_again_what_was_written(tmp_path: Path, kind: FileFormat) -> None:
    file = tmp_path / f"export.{kind}"
    with writing(file, kind, COLUMNS) as write:
        for row in ROWS:
            write(row)
    told = [[text_of(value, column.kind) for value, column in zip(row, COLUMNS, strict=True)] for row in ROWS]
    assert list(texts_in(file, kind, COLUMNS)) == told


@pytest.mark.parametrize("kind", FileFormat)
def test_a_file_of_another_kind_or_with_other_columns_is_named(tmp_path: Path, kind: FileFormat) -> None:
    file = tmp_path / f"export.{kind}"
    file.write_bytes(b"\x00\xff no such file")
    with pytest.raises(ExportError, match=f"cannot be read as {kind}"):
        list(texts_in(file, kind, COLUMNS))
    with writing(file, kind, COLUMNS[:2]) as write:
        write(("Li Na", 3))
    with pytest.raises(ExportError, match="its columns are who, how_many, expected who, how_many, at"):
        list(texts_in(file, kind, COLUMNS))


def test_what_a_cell_does_not_take_is_refused_and_parquet_takes_it(tmp_path: Path) -> None:
    long = ("a" * (MOST_XLSX_CHARACTERS + 1), 1, 1)
    with (
        pytest.raises(ExportError, match=r"row 1, column who.*32,767"),
        write_workbook(tmp_path / "long.xlsx", COLUMNS) as write,
    ):
        write(long)
    with write_parquet(tmp_path / "long.parquet", COLUMNS) as write:
        write(long)
    [[text, *_]] = texts_in(tmp_path / "long.parquet", FileFormat.PARQUET, COLUMNS)
    assert text == long[0]
