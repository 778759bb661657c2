"""The lists about health certificates that are published for a site, beside its registry.

They are signed elsewhere, by a list key that the site's registry names; central holds no such key.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge.errors import RegistryError
from edge.registry.format import CHUNK_BYTES
from edge.signing.cose import CborLimits, decode_value, encode_value
from edge.support.decoding import Undecodable
from edge.support.files import Durability, make_folder, read_bounded, write_aside
from edge.support.phrases import phrase
from sync.wire import MOST_ANNOUNCED_BYTES, RegistryLists

_LIMITS = CborLimits(MOST_ANNOUNCED_BYTES, depth=5, items=1_024)


class SiteLists:
    """The lists of one site, in its folder of what is published. Methods raise RegistryError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "lists"

    def offered(self) -> RegistryLists | None:
        """What gates are told; None: there are no lists."""
        path = self._folder / "offered"
        try:
            found: RegistryLists = decode_value(
                read_bounded(path, MOST_ANNOUNCED_BYTES), RegistryLists, _LIMITS
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RegistryError(error.strerror or str(error), where=str(path)) from None
        except Undecodable as error:
            raise RegistryError(str(error), where=str(path), remedy=phrase("put the lists again")) from None
        return found

    def chunk(self, sha256: bytes, index: int) -> bytes:
        """A chunk of a list; empty if there is no such list or chunk."""
        try:
            with (self._folder / sha256.hex()).open("rb") as file:
                file.seek(index * CHUNK_BYTES)
                return file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return b""

    def replace(self, lists: RegistryLists, arrived: Mapping[bytes, bytes]) -> None:
        """Offer `lists` from now on; `arrived` are those of them that are new, by their hash."""
        try:
            make_folder(self._folder)
            for sha256, data in arrived.items():
                write_aside(self._folder / sha256.hex(), data, durability=Durability.WHOLE)
            write_aside(self._folder / "offered", encode_value(lists), durability=Durability.LASTING)
            self._remove_all_but(lists)
        except OSError as error:
            raise RegistryError(
                phrase("could not be written: %(why)s", why=error.strerror), where=str(error.filename)
            ) from None

    def _remove_all_but(self, lists: RegistryLists) -> None:
        named = {"offered", *(offer.sha256.hex() for offer in lists.lists)}
        for path in self._folder.iterdir():
            if path.name not in named:
                path.unlink()
