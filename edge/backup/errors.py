"""What goes wrong with a backup, as one kind of error."""

from __future__ import annotations

import errno
from pathlib import Path

from edge.errors import GatepostError


class BackupError(GatepostError):
    """A backup could not be made, is not what was written, or may not be put back here."""


def failed(error: OSError, doing: str, where: Path) -> BackupError:
    """What an error of the system means for a backup: nothing that was there is touched."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return BackupError(
            f"{doing} stopped: the disk is full",
            where=str(where),
            remedy="make room, or choose another folder; nothing that was there was changed",
        )
    return BackupError(f"{doing} stopped: {error.strerror or error}", where=str(where))
