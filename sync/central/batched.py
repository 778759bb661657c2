"""Slices of a list, so that no statement carries more values than a database takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

AT_ONCE = 500
"""PostgreSQL takes 65,535 values a statement, an older SQLite 999."""

_Value = TypeVar("_Value")


def batched(values: Sequence[_Value], size: int = AT_ONCE) -> Iterator[Sequence[_Value]]:
    """The values in their order, `size` at a time; the last slice may be shorter."""
    for begin in range(0, len(values), size):
        yield values[begin : begin + size]
