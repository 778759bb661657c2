"""What is kept in files: for each kind its columns, as the database has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What a file holds."""

    EVENTS = "events"  # as the gates wrote them: each is verified against the chain
    ACCESSES = "accesses"  # the rows that pages and reports read


class FileState(StrEnum):
    """What becomes of a file."""

    WRITING = "writing"  # what it is to hold is in the database still
    KEPT = "kept"  # what it holds is nowhere else
    REPLACED = "replaced"  # another one holds what is left of it; it is about to go
    DROPPED = "dropped"  # a rule of retention deleted it; it is about to go
    DELETED = "deleted"  # it is gone, and stays known: what it held never comes back


class ColumnType(StrEnum):
    """What a column holds; `WORD` is one of few texts."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    WORD = "word"
    BYTES = "bytes"


@dataclass(frozen=True)
class TableLayout:
    """A kind's table in the database, and its columns. Every row has `chain`, `sequence` and `at`."""

    table: str
    columns: Mapping[str, ColumnType]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)


LAYOUTS: Mapping[FileKind, TableLayout] = {
    FileKind.EVENTS: TableLayout(
        "event",
        {
            "chain": ColumnType.INTEGER,
            "sequence": ColumnType.INTEGER,
            "at": ColumnType.INTEGER,
            "trust": ColumnType.WORD,
            "monotonic": ColumnType.FLOAT,
            "kind": ColumnType.WORD,
            "body": ColumnType.BYTES,
            "previous": ColumnType.BYTES,
            "hash": ColumnType.BYTES,
            "received_at": ColumnType.INTEGER,
            # Of the chain: with them a file is verified alone.
            "device": ColumnType.WORD,
            "epoch": ColumnType.BYTES,
            "gate": ColumnType.WORD,
        },
    ),
    FileKind.ACCESSES: TableLayout(
        "access",
        {
            "number": ColumnType.INTEGER,
            "chain": ColumnType.INTEGER,
            "sequence": ColumnType.INTEGER,
            "at": ColumnType.INTEGER,
            "received_at": ColumnType.INTEGER,
            "site": ColumnType.WORD,
            "device": ColumnType.WORD,
            "gate": ColumnType.WORD,
            "direction": ColumnType.WORD,
            "outcome": ColumnType.WORD,
            "reason": ColumnType.WORD,
            "rule": ColumnType.WORD,
            "subject": ColumnType.TEXT,
            "means": ColumnType.WORD,
            "registry": ColumnType.INTEGER,
            "waited": ColumnType.INTEGER,
            "staff": ColumnType.TEXT,
            "why": ColumnType.TEXT,
            "inside": ColumnType.INTEGER,
        },
    ),
}
OF_CHAIN = ("device", "epoch", "gate")
"""The columns of events that the database has of the chain, once for all of it."""
