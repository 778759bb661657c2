"""Writes and reads the files of exports: CSV, XLSX and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from edge.errors import GatepostError
from sync.central.exports.core.columns import CellKind, Column, Value, text_of

MOST_XLSX_ROWS = 1_048_575
"""Below the heading (Excel's specifications)."""
MOST_XLSX_CHARACTERS = 32_767
_MOST_EXACT = 2**53
"""Above it, a spreadsheet's numbers are not exact."""
_ROWS_AT_ONCE = 20_000


class ExportError(GatepostError):
    """The export cannot be made, or its file cannot be read."""


class FileFormat(StrEnum):
    """How an export is written, as its file's name ends."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


Write = Callable[[Sequence[Value]], None]


def format_of(file: Path) -> FileFormat:
    """The format that the name of `file` says. Raises ExportError."""
    try:
        return FileFormat(file.suffix.removeprefix(".").lower())
    except ValueError:
        raise ExportError(
            f"ends with {file.suffix or 'nothing'!r}",
            where=str(file),
            remedy="end it with .csv, .xlsx or .parquet",
        ) from None


def writing(file: Path, kind: FileFormat, columns: Sequence[Column]) -> AbstractContextManager[Write]:
    """A function that writes the next row to `file`, which is whole when the block ends."""
    return _WRITERS[kind](file, columns)


def texts_in(file: Path, kind: FileFormat, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows of `file` as the texts of their cells. Raises ExportError where it is not such a file."""
    try:
        yield from _READERS[kind](file, columns)
    except (OSError, ValueError, csv.Error, pa.ArrowException, CalamineError) as error:
        raise ExportError(f"cannot be read as {kind}: {error}", where=str(file)) from None


# --- CSV (RFC 4180), with the mark by which spreadsheets know UTF-8 --------------------------------


@contextmanager
def _csv(file: Path, columns: Sequence[Column]) -> Iterator[Write]:
    kinds = [column.kind for column in columns]
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([column.name for column in columns])
        yield lambda row: writer.writerow([text_of(*cell) for cell in zip(row, kinds, strict=True)])


def _csv_texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.reader(opened)
        _check_heading(next(rows, []), columns)
        yield from rows


# --- XLSX ------------------------------------------------------------------------------------------


@contextmanager
def _xlsx(file: Path, columns: Sequence[Column]) -> Iterator[Write]:
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
                    f"has more than {MOST_XLSX_ROWS:,} rows, the most that a sheet takes",
                    where=str(file),
                    remedy="export as .csv or .parquet, or a shorter time",
                )
            for index, (value, column) in enumerate(zip(row, columns, strict=True)):
                _write_cell(sheet, (written, index), value, column)

        yield write


def _write_cell(sheet: Any, place: tuple[int, int], value: Value, column: Column) -> None:
    text = text_of(value, column.kind)
    if len(text) > MOST_XLSX_CHARACTERS:
        raise ExportError(
            f"row {place[0]}, column {column.name}: has {len(text)} characters, "
            f"more than the {MOST_XLSX_CHARACTERS:,} of a cell",
            remedy="export as .csv or .parquet",
        )
    if column.kind is CellKind.INTEGER and isinstance(value, int) and abs(value) < _MOST_EXACT:
        sheet.write_number(*place, value)
    elif text:
        sheet.write_string(*place, text)


def _xlsx_texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with file.open("rb") as opened:
        rows = CalamineWorkbook.from_filelike(opened).get_sheet_by_index(0).iter_rows()
        _check_heading([str(cell) for cell in next(iter(rows), [])], columns)
        for row in rows:
            yield [_xlsx_text(cell) for cell in row] + [""] * (len(columns) - len(row))


def _xlsx_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


# --- Parquet ---------------------------------------------------------------------------------------

_TYPES: Mapping[CellKind, pa.DataType] = {
    CellKind.TEXT: pa.string(),
    CellKind.INTEGER: pa.int64(),
    CellKind.TIME: pa.timestamp("us", tz="UTC"),
}


@contextmanager
def _parquet(file: Path, columns: Sequence[Column]) -> Iterator[Write]:
    schema = pa.schema([(column.name, _TYPES[column.kind]) for column in columns])
    held: list[Sequence[Value]] = []
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:

        def flush() -> None:
            cells = zip(*held, strict=True) if held else ((),) * len(columns)
            arrays = [pa.array(list(column), kind) for column, kind in zip(cells, schema.types, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            held.clear()

        def write(row: Sequence[Value]) -> None:
            held.append(row)
            if len(held) >= _ROWS_AT_ONCE:
                flush()

        yield write
        if held:
            flush()


def _parquet_texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with pq.ParquetFile(file) as opened:
        schema = opened.schema_arrow
        _check_heading(schema.names, columns)
        for column in columns:
            if schema.field(column.name).type != _TYPES[column.kind]:
                raise ExportError(
                    f"column {column.name} is {schema.field(column.name).type}", where=str(file)
                )
        for batch in opened.iter_batches(_ROWS_AT_ONCE):
            plain = [_plain(batch.column(index), column) for index, column in enumerate(columns)]
            for row in zip(*plain, strict=True):
                yield [text_of(value, column.kind) for value, column in zip(row, columns, strict=True)]


def _plain(array: Any, column: Column) -> list[Value]:
    values = array.cast(pa.int64()) if column.kind is CellKind.TIME else array
    plain: list[Value] = values.to_pylist()
    return plain


# --- inside ----------------------------------------------------------------------------------------


def _check_heading(heading: Sequence[str], columns: Sequence[Column]) -> None:
    wanted = [column.name for column in columns]
    if list(heading) != wanted:
        raise ValueError(f"its columns are {', '.join(heading) or 'none'}, expected {', '.join(wanted)}")


_WRITERS: Mapping[FileFormat, Callable[[Path, Sequence[Column]], AbstractContextManager[Write]]] = {
    FileFormat.CSV: _csv,
    FileFormat.XLSX: _xlsx,
    FileFormat.PARQUET: _parquet,
}
_READERS: Mapping[FileFormat, Callable[[Path, Sequence[Column]], Iterator[list[str]]]] = {
    FileFormat.CSV: _csv_texts,
    FileFormat.XLSX: _xlsx_texts,
    FileFormat.PARQUET: _parquet_texts,
}
