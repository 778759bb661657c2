"""An object that is being fetched: its chunks on disk, each verified by its hash alone.

After a restart the file is read again and each chunk verified, so no list of fetched chunks can be wrong. One
object is fetched at a time, and never more than its signed size, so the disk use is bounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.registry.format import CHUNK_BYTES, Blob, joined


@dataclass(frozen=True)
class WantedObject:
    """An object to fetch, the inbox file that it becomes, and the roots and manifest that vouch for it."""

    name: str  # of the file in the inbox
    magic: bytes
    roots: bytes
    manifest: bytes
    version: int
    blob: Blob


class RegistryChunks:
    """The chunks of `wanted` that have arrived, in `folder`. Every other object there is removed."""

    def __init__(self, folder: Path, wanted: WantedObject) -> None:
        self.wanted = wanted
        self._path = folder / f"{wanted.blob.sha256.hex()}.part"
        folder.mkdir(parents=True, exist_ok=True)
        for other in sorted(folder.glob("*.part")):
            if other != self._path:
                other.unlink()
        self._missing = dict.fromkeys(self._lacking())

    @property
    def missing(self) -> tuple[int, ...]:
        return tuple(self._missing)

    def add(self, index: int, chunk: bytes) -> bool:
        """Store a chunk; False if it is not the one that the manifest names. Raises OSError."""
        if not self.wanted.blob.fits(index, chunk):
            return False
        if index in self._missing:
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.pwrite(descriptor, chunk, index * CHUNK_BYTES)
            finally:
                os.close(descriptor)
            del self._missing[index]
        return True

    def file(self) -> Iterator[bytes]:
        """The inbox file made of the chunks, one chunk at a time. Raises OSError."""
        wanted = self.wanted
        yield wanted.magic + joined((wanted.roots, wanted.manifest)) + wanted.blob.size.to_bytes(4)
        yield from self.content()

    def content(self) -> Iterator[bytes]:
        """The object itself, one chunk at a time. Raises OSError."""
        if self.wanted.blob.size:
            with self._path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)

    def _lacking(self) -> Iterator[int]:
        """The chunks that are missing on disk, or differ from the manifest."""
        blob = self.wanted.blob
        try:
            with self._path.open("rb") as file:
                for index in range(blob.count):
                    if not blob.fits(index, file.read(CHUNK_BYTES)):
                        yield index
        except FileNotFoundError:
            yield from range(blob.count)
