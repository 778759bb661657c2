"""What the gate tells the sync process about its registry: one small file that only the gate writes.

Sync fetches changes to the version named here, and the whole registry where the gate refused what it staged.
A wrong file does no harm: the gate verifies everything itself.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from edge.support.decoding import Undecodable, json_of
from edge.support.files import READABLE_BY_GROUP, FileMark, mark_of, read_bounded, write_aside

STATUS_NAME = "status.json"
_MOST_BYTES = 64 * 1024


class RefusedFile(msgspec.Struct, frozen=True):
    """The last file that was refused: its name in the inbox, its SHA-256 in hexadecimal, the stable code."""

    name: str
    sha256: str
    reason: str


class RegistryStatus(msgspec.Struct, frozen=True):
    """`version` 0: no registry is held. `set_sha256` is in hexadecimal, instants are UTC."""

    site: str
    gate: str
    version: int = 0
    set_sha256: str = ""
    issued: datetime | None = None
    expires: datetime | None = None
    root_version: int = 0
    policy_number: int = 0
    urgent_revocations: int = 0
    refused: RefusedFile | None = None


def write_status(folder: Path, status: RegistryStatus) -> None:
    """Write `status` into `folder`; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_aside(folder / STATUS_NAME, msgspec.json.encode(status), READABLE_BY_GROUP)


class StatusReader:
    """Reads the status in `folder` again when the gate has written another: each is a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / STATUS_NAME
        self._mark: FileMark | None = None
        self._status: RegistryStatus | None = None

    def read(self) -> RegistryStatus | None:
        """As `read_status`."""
        try:
            found = self._path.lstat()
        except OSError:
            self._mark = None
            return None
        mark = mark_of(found)
        if mark != self._mark:
            self._mark, self._status = mark, read_status(self._folder)
        return self._status


def read_status(folder: Path) -> RegistryStatus | None:
    """The status that the gate wrote last; None where there is none that can be read."""
    try:
        return json_of(read_bounded(folder / STATUS_NAME, _MOST_BYTES), RegistryStatus)
    except (OSError, Undecodable):
        return None
