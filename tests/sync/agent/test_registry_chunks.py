"""The chunks of an object on disk: kept by their hashes alone, also over a restart."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edge.registry.format import CHUNK_BYTES, Blob
from sync.agent.registry_chunks import RegistryChunks, WantedObject

DATA = [b"a" * CHUNK_BYTES, b"b" * CHUNK_BYTES, b"c"]


def wanted(pieces: list[bytes]) -> WantedObject:
    whole = b"".join(pieces)
    hashes = b"".join(hashlib.sha256(piece).digest() for piece in pieces)
    blob = Blob(hashlib.sha256(whole).digest(), len(whole), hashes)
    return WantedObject("registry.bundle", b"MAGIC", b"roots", b"manifest", 7, blob)


@pytest.fixture
def chunks(tmp_path: Path) -> RegistryChunks:
    return RegistryChunks(tmp_path, wanted(DATA))


def test_chunks_may_arrive_in_any_order_and_twice(chunks: RegistryChunks) -> None:
    assert chunks.missing == (0, 1, 2)
    assert [chunks.add(index, DATA[index]) for index in (2, 0, 2, 1)] == [True] * 4
    assert not chunks.missing
    data = b"".join(chunks.file())
    assert data.startswith(b"MAGIC")
    assert data.endswith(b"".join(DATA))


@pytest.mark.parametrize(("index", "data"), [(0, DATA[1]), (2, b"x"), (2, b"cc"), (3, b""), (-1, DATA[2])])
def test_a_chunk_that_the_manifest_does_not_name_is_refused(
    chunks: RegistryChunks, index: int, data: bytes
) -> None:
    assert not chunks.add(index, data)
    assert chunks.missing == (0, 1, 2)


def test_after_a_restart_each_chunk_on_disk_is_verified_again(tmp_path: Path, chunks: RegistryChunks) -> None:
    for index in (0, 2):
        chunks.add(index, DATA[index])
    assert RegistryChunks(tmp_path, wanted(DATA)).missing == (1,)
    [path] = tmp_path.iterdir()
    with path.open("r+b") as file:
        file.write(b"damaged")
    assert RegistryChunks(tmp_path, wanted(DATA)).missing == (0, 1)


def test_the_folder_holds_one_object_and_nothing_once_it_is_discarded(
    tmp_path: Path, chunks: RegistryChunks
) -> None:
    chunks.add(0, DATA[0])
    other = RegistryChunks(tmp_path, wanted([b"other"]))
    assert list(tmp_path.iterdir()) == []
    other.add(0, b"other")
    other.discard()
    assert list(tmp_path.iterdir()) == []
