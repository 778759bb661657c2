"""Whether what was published for a site was put back from a backup, and how far it had come by then.

Gates may hold newer versions, lists and rules than the backup knows. So the next numbers leave `AHEAD` out,
more than can have been given since.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.admin.publication import AHEAD
from edge.errors import RegistryError
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside
from edge.support.phrases import phrase

_NAME = "restored"
_MOST_BYTES = 4096


class Restored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When it was put back (microseconds since 1970 UTC), with which newest version and list."""

    at: int
    version: int
    revocations: int

    @property
    def least_version(self) -> int:
        """The next version is above this one."""
        return self.version + AHEAD

    @property
    def least_list(self) -> int:
        """The next list of urgent revocations is above this one."""
        return self.revocations + AHEAD


NEVER = Restored(0, -AHEAD - 1, -AHEAD - 1)
"""Every number, 0 too, is above what it asks for."""


def restored_in(folder: Path) -> Restored:
    """What a site's folder of what was published says; NEVER where it was not put back. Raises
    RegistryError.
    """
    path = folder / _NAME
    try:
        return json_of(read_bounded(path, _MOST_BYTES), Restored)
    except FileNotFoundError:
        return NEVER
    except (OSError, Undecodable) as error:
        raise RegistryError(
            phrase("cannot be read: %(why)s", why=error), where=str(path), remedy=phrase("restore it again")
        ) from None


def note_restored(folder: Path, restored: Restored) -> None:
    write_aside(folder / _NAME, msgspec.json.encode(restored))
