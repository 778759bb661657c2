"""The backups in a folder: their names, and which of them stay."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from edge.backup.errors import BackupError, failed

_MOST_LISTED = 100_000


def name_of(stem: str, at: datetime) -> str:
    """What the backup of `stem` at that time (UTC) is called: names sort as their times do."""
    return f"{stem}-{at:%Y%m%dT%H%M%SZ}.age"


def backups_in(folder: Path, stem: str) -> list[Path]:
    """The backups of `stem` there, the oldest first. Raises BackupError."""
    pattern = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}Z\.age")
    try:
        found = [path for path in folder.iterdir() if pattern.fullmatch(path.name)]
    except OSError as error:
        raise failed(error, "listing", folder) from None
    return sorted(found)[-_MOST_LISTED:]


def keep_newest(folder: Path, stem: str, keep: int) -> list[Path]:
    """Remove all backups of `stem` there but the newest `keep`; returns those that went. Raises BackupError.

    What is called otherwise is none of ours, and stays.
    """
    if keep < 1:
        raise BackupError("would keep no backup", where="--keep", remedy="keep 1 or more")
    gone = backups_in(folder, stem)[:-keep]
    try:
        for path in gone:
            path.unlink()
    except OSError as error:
        raise failed(error, "removing an old backup", folder) from None
    return gone
