"""Exports as workbooks (XLSX)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from edge.support.phrases import phrase
from sync.central.exports.core import CellKind, Column, Value, text_of
from sync.central.exports.formats import ExportError, Write, check_heading

MOST_XLSX_ROWS = 1_048_575
"""Below the heading (Excel's specifications)."""
MOST_XLSX_CHARACTERS = 32_767
_MOST_EXACT = 2**53
"""Above it, a spreadsheet's numbers are not exact."""


@contextmanager
def write_workbook(file: Path, columns: Sequence[Column]) -> Iterator[Write]:
    """A function that writes the next row; raises ExportError for more than a sheet or a cell takes."""
    # Row by row to disk; no text is taken for a formula, a link or a number.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(file), options) as workbook:
        sheet = workbook.add_worksheet("export")
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.name)
        sheet.freeze_panes(1, 0)
        written = 0

        def write(row: Sequence[Value]) -> None:
            nonlocal written
            written += 1
            if written > MOST_XLSX_ROWS:
                raise ExportError(
                    phrase(
                        "has more than %(most)s rows, the most that a sheet takes", most=f"{MOST_XLSX_ROWS:,}"
                    ),
                    where=str(file),
                    remedy=phrase("export as .csv or .parquet, or a shorter time"),
                )
            for index, (value, column) in enumerate(zip(row, columns, strict=True)):
                _write_cell(sheet, (written, index), value, column)

        yield write


def _write_cell(sheet: Any, place: tuple[int, int], value: Value, column: Column) -> None:
    text = text_of(value, column.kind)
    if len(text) > MOST_XLSX_CHARACTERS:
        raise ExportError(
            phrase(
                "row %(row)s, column %(column)s: has %(count)s characters, more than the %(most)s of a cell",
                row=place[0],
                column=column.name,
                count=len(text),
                most=f"{MOST_XLSX_CHARACTERS:,}",
            ),
            remedy=phrase("export as .csv or .parquet"),
        )
    if column.kind is CellKind.INTEGER and isinstance(value, int) and abs(value) < _MOST_EXACT:
        sheet.write_number(*place, value)
    elif text:
        sheet.write_string(*place, text)


def workbook_texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows of `file` as the texts of their cells; raises ValueError or OSError."""
    try:
        yield from _texts(file, columns)
    except CalamineError as error:
        raise ValueError(str(error)) from None


def _texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with file.open("rb") as opened:
        rows = CalamineWorkbook.from_filelike(opened).get_sheet_by_index(0).iter_rows()
        check_heading([str(cell) for cell in next(iter(rows), [])], columns)
        for row in rows:
            yield [_xlsx_text(cell) for cell in row] + [""] * (len(columns) - len(row))


def _xlsx_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
