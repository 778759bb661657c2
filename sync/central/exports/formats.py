"""How an export may be written, and what every format of it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from edge.errors import GatepostError
from edge.support.phrases import phrase
from sync.central.exports.core import Column, Value


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
            phrase("ends with %(suffix)r", suffix=file.suffix)
            if file.suffix
            else phrase("ends with 'nothing'"),
            where=str(file),
            remedy=phrase("end it with .csv, .xlsx or .parquet"),
        ) from None


def check_heading(heading: Sequence[str], columns: Sequence[Column]) -> None:
    """Raises ValueError unless a file has these columns, in this order."""
    wanted = [column.name for column in columns]
    if list(heading) != wanted:
        raise ValueError(f"its columns are {', '.join(heading) or 'none'}, expected {', '.join(wanted)}")
