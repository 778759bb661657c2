"""Reports every SQLite connection that nobody closed, and where it was opened, on every Python.

Python 3.13 and later report one themselves, without the place, and what they report fails the tests
(`filterwarnings` in pyproject.toml). This makes earlier ones do so too.
"""

from __future__ import annotations

import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

_PLACES = 4
"""Callers that are named: the one that connected, and whose behalf it was on."""


class Watched(sqlite3.Connection):
    """A connection that says so when it ceases to exist open."""

    opened_at = ""
    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()

    def __del__(self) -> None:
        if self.opened_at and not self.closed:
            warnings.warn(
                f"nobody closed the database opened at {self.opened_at}", ResourceWarning, stacklevel=1
            )


@contextmanager
def watched() -> Iterator[None]:
    """Watch every connection that is opened from here on, by us or by SQLAlchemy."""
    connect = sqlite3.connect

    def watching(*values: Any, **options: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(*values, **{"factory": Watched} | options)
        if isinstance(made, Watched):
            made.opened_at = _callers()
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", watching)
        patch.setattr(sqlite3.dbapi2, "connect", watching)
        yield


def _callers() -> str:
    frame: FrameType | None = sys._getframe(2)
    places: list[str] = []
    while frame is not None and len(places) < _PLACES:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        frame = frame.f_back
    return " from ".join(places)
