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


class Cell(StrEnum):
    """What a column holds; `WORD` is one of few texts."""

    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"
    WORD = "word"
    BYTES = "bytes"


@dataclass(frozen=True)
class Layout:
    """A kind's table in the database, and its columns. Every row has `chain`, `sequence` and `at`."""

    table: str
    columns: Mapping[str, Cell]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)


LAYOUTS: Mapping[FileKind, Layout] = {
    FileKind.EVENTS: Layout(
        "event",
        {
            "chain": Cell.INTEGER,
            "sequence": Cell.INTEGER,
            "at": Cell.INTEGER,
            "trust": Cell.WORD,
            "monotonic": Cell.FLOAT,
            "kind": Cell.WORD,
            "body": Cell.BYTES,
            "previous": Cell.BYTES,
            "hash": Cell.BYTES,
            "received_at": Cell.INTEGER,
            # Of the chain: with them a file is verified alone.
            "device": Cell.WORD,
            "epoch": Cell.BYTES,
            "gate": Cell.WORD,
        },
    ),
    FileKind.ACCESSES: Layout(
        "access",
        {
            "number": Cell.INTEGER,
            "chain": Cell.INTEGER,
            "sequence": Cell.INTEGER,
            "at": Cell.INTEGER,
            "received_at": Cell.INTEGER,
            "site": Cell.WORD,
            "device": Cell.WORD,
            "gate": Cell.WORD,
            "direction": Cell.WORD,
            "outcome": Cell.WORD,
            "reason": Cell.WORD,
            "rule": Cell.WORD,
            "subject": Cell.TEXT,
            "means": Cell.WORD,
            "registry": Cell.INTEGER,
            "waited": Cell.INTEGER,
            "staff": Cell.TEXT,
            "why": Cell.TEXT,
            "inside": Cell.INTEGER,
        },
    ),
}
OF_CHAIN = ("device", "epoch", "gate")
"""The columns of events that the database has of the chain, once for all of it."""
