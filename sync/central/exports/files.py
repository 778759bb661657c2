"""Writes and reads the files of exports: CSV, XLSX and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from edge.support.phrases import phrase
from sync.central.exports.core import Column, text_of
from sync.central.exports.formats import ExportError, FileFormat, Write, check_heading


def writing(file: Path, kind: FileFormat, columns: Sequence[Column]) -> AbstractContextManager[Write]:
    """A function that writes the next row to `file`, which is whole when the block ends."""
    return _writer_of(kind)(file, columns)


def texts_in(file: Path, kind: FileFormat, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows of `file` as the texts of their cells. Raises ExportError where it is not such a file."""
    try:
        yield from _reader_of(kind)(file, columns)
    except (OSError, ValueError, csv.Error) as error:
        raise ExportError(
            phrase("cannot be read as %(kind)s: %(why)s", kind=kind, why=error), where=str(file)
        ) from None


# Arrow and the libraries of workbooks take half a second to load: each with the first file that needs it.


def _writer_of(kind: FileFormat) -> Callable[[Path, Sequence[Column]], AbstractContextManager[Write]]:
    if kind is FileFormat.XLSX:
        from sync.central.exports.workbooks import write_workbook  # noqa: PLC0415

        return write_workbook
    if kind is FileFormat.PARQUET:
        from sync.central.exports.parquet import write_parquet  # noqa: PLC0415

        return write_parquet
    return _csv


def _reader_of(kind: FileFormat) -> Callable[[Path, Sequence[Column]], Iterator[list[str]]]:
    if kind is FileFormat.XLSX:
        from sync.central.exports.workbooks import workbook_texts  # noqa: PLC0415

        return workbook_texts
    if kind is FileFormat.PARQUET:
        from sync.central.exports.parquet import parquet_texts  # noqa: PLC0415

        return parquet_texts
    return _csv_texts


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
        check_heading(next(rows, []), columns)
        yield from rows
