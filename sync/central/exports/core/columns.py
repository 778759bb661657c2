"""The columns of an export, and the one text of each cell. PURE.

A cell has one text whatever file it is written to; the proof is a digest of these texts. So the same rows as
CSV, XLSX or Parquet have the same digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.signing.cose import encode_value, instant, microseconds

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or of a command (OWASP, CSV injection)."""


class CellKind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    TIME = "time"  # microseconds since 1970 UTC


@dataclass(frozen=True)
class Column:
    """A column: its `name` is its heading."""

    name: str
    kind: CellKind = CellKind.TEXT


Value = str | int | None
"""A cell: text, a whole number, or microseconds since 1970 UTC; None: the cell is empty."""


def neutral(value: Value) -> Value:
    """`value`, with a quote before a text that a spreadsheet would take for a formula.

    So every export is harmless to open, whatever a person or a code brought into it.
    """
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def text_of(value: Value, kind: CellKind) -> str:
    """The one text of a cell. A time is ISO 8601 with microseconds and Z."""
    if value is None:
        return ""
    if kind is CellKind.TIME and isinstance(value, int):
        return f"{instant(value):%Y-%m-%dT%H:%M:%S.%f}Z"
    return str(value)


def value_of(text: str, kind: CellKind) -> Value:
    """The value that has this text. Raises ValueError where none has."""
    if kind is CellKind.TEXT:
        return text
    if text == "":
        return None
    if kind is CellKind.INTEGER:
        return int(text)
    return microseconds(datetime.fromisoformat(text))


class RowsDigest:
    """Digests rows one after another: a SHA-256 over the deterministic CBOR of each row's texts."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._hash = hashlib.sha256(
            encode_value([f"{column.name}:{column.kind.value}" for column in columns])
        )
        self.rows = 0
        """How many were digested."""

    def add(self, texts: Iterable[str]) -> None:
        """Digest the next row, given as the texts of its cells."""
        self._hash.update(encode_value(list(texts)))
        self.rows += 1

    @property
    def value(self) -> bytes:
        """The digest of all rows so far."""
        return self._hash.digest()
