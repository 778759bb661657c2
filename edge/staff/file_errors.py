"""What is wrong with the staff's file, as people can act on it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from edge.errors import GatepostError


class StaffFileError(GatepostError):
    """The staff's file cannot be read or written."""


def explained(error: sqlite3.Error, path: Path) -> StaffFileError:
    """What failed, as people can act on it."""
    if isinstance(error, sqlite3.OperationalError):
        return StaffFileError(
            f"cannot be used: {error}", where=str(path), remedy="check the disk; the wired button works"
        )
    return StaffFileError(
        f"is damaged: {error}",
        where=str(path),
        remedy="move it away, and add the staff again: gatepost staff create; the button works meanwhile",
    )
