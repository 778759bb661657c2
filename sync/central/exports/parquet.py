"""Exports as Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from edge.support.phrases import phrase
from sync.central.exports.core import CellKind, Column, Value, text_of
from sync.central.exports.formats import ExportError, Write, check_heading

_ROWS_AT_ONCE = 20_000

_TYPES: Mapping[CellKind, pa.DataType] = {
    CellKind.TEXT: pa.string(),
    CellKind.INTEGER: pa.int64(),
    CellKind.TIME: pa.timestamp("us", tz="UTC"),
}


@contextmanager
def write_parquet(file: Path, columns: Sequence[Column]) -> Iterator[Write]:
    """A function that writes the next row."""
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


def parquet_texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The rows of `file` as the texts of their cells; raises ExportError, ValueError or OSError."""
    try:
        yield from _texts(file, columns)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None


def _texts(file: Path, columns: Sequence[Column]) -> Iterator[list[str]]:
    with pq.ParquetFile(file) as opened:
        schema = opened.schema_arrow
        check_heading(schema.names, columns)
        for column in columns:
            if schema.field(column.name).type != _TYPES[column.kind]:
                raise ExportError(
                    phrase(
                        "column %(column)s is %(type)s",
                        column=column.name,
                        type=schema.field(column.name).type,
                    ),
                    where=str(file),
                )
        for batch in opened.iter_batches(_ROWS_AT_ONCE):
            plain = [_plain(batch.column(index), column) for index, column in enumerate(columns)]
            for row in zip(*plain, strict=True):
                yield [text_of(value, column.kind) for value, column in zip(row, columns, strict=True)]


def _plain(array: Any, column: Column) -> list[Value]:
    values = array.cast(pa.int64()) if column.kind is CellKind.TIME else array
    plain: list[Value] = values.to_pylist()
    return plain
