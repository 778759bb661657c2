"""Writes and reads the Parquet files of history: whole and synced or not at all, with checksums of pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from edge.support.files import make_folder, opened_aside, sync_folder
from edge.support.phrases import phrase
from sync.central.history.core import LAYOUTS, PARTIAL, ColumnType, FileKind, TableLayout
from sync.central.history.damage import OTHER_COLUMNS, unreadable
from sync.central.history.files import HistoryError

_GROUP = 5_000
"""Rows of a group: who wants one event reads so many."""
_COMPRESSION = "zstd"


def table_of(kind: FileKind, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of the database as a table of a file."""
    schema = schema_of(LAYOUTS[kind])
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def schema_of(layout: TableLayout) -> pa.Schema:
    """The columns of a file with their types."""
    return pa.schema([(name, _TYPES[cell]) for name, cell in layout.columns.items()])


def write_file(
    folder: Path, name: str, kind: FileKind, table: pa.Table, compression: str = _COMPRESSION
) -> None:
    """Write a file below the folder; it is on disk, with its name, when this returns. Raises HistoryError."""
    path = folder / name
    words = [column for column, cell in LAYOUTS[kind].columns.items() if cell is ColumnType.WORD]
    try:
        make_folder(path.parent)
        with opened_aside(path, ending=PARTIAL) as opened:
            pq.write_table(
                table, opened, compression=compression, use_dictionary=words,
                row_group_size=_GROUP if kind is FileKind.EVENTS else None, write_page_checksum=True,
            )  # fmt: skip
        for each in (path.parent, path.parent.parent, folder):
            sync_folder(each)
    except OSError as error:
        raise HistoryError(
            phrase("could not be written: %(why)s", why=error.strerror),
            where=str(path),
            remedy=phrase("give [history] folder room"),
        ) from None


def read_table(path: Path, kind: FileKind, columns: Sequence[str] | None = None) -> pa.Table:
    """What a file holds. Raises HistoryError."""
    layout = LAYOUTS[kind]
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as opened:
            if opened.schema_arrow.names != list(layout.names):
                raise HistoryError(OTHER_COLUMNS, where=str(path))
            return opened.read(columns=columns, use_threads=False).cast(
                schema_of(layout)
                if columns is None
                else pa.schema([schema_of(layout).field(name) for name in columns])
            )
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(unreadable(str(error).splitlines()[0]), where=str(path)) from None


def rows_between(path: Path, chain: int, first: int, last: int) -> list[dict[str, Any]]:
    """The events `first` to `last` of a chain in a file, in order. Only the groups of rows that have some are
    read. Raises HistoryError.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as opened:
            groups = [
                number for number in range(opened.num_row_groups) if _has(opened, number, chain, first, last)
            ]
            table = opened.read_row_groups(groups, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(unreadable(str(error).splitlines()[0]), where=str(path)) from None
    wanted = (pc.field("chain") == chain) & (pc.field("sequence") >= first) & (pc.field("sequence") <= last)
    found: list[dict[str, Any]] = table.filter(wanted).to_pylist()
    return found


# --- inside --------------------------------------------------------------------------------

_TYPES: Mapping[ColumnType, pa.DataType] = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.TEXT: pa.string(),
    ColumnType.WORD: pa.string(),
    ColumnType.BYTES: pa.binary(),
}


def _has(opened: pq.ParquetFile, group: int, chain: int, first: int, last: int) -> bool:
    """Whether a group of rows may have events `first` to `last` of the chain, by its statistics."""
    row_group = opened.metadata.row_group(group)
    for column, low, high in ((0, chain, chain), (1, first, last)):
        known = row_group.column(column).statistics
        if known is not None and known.has_min_max and (known.max < low or known.min > high):
            return False
    return True
