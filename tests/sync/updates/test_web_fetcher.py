"""What TUF's client asks of the network: all of it, no more than it asked for, and an error that it knows."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from tuf.api import exceptions

from sync.updates.web_fetcher import WebFetcher
from tests.sync.updates.lab import Quiet, mirror

DATA = bytes(range(256)) * 1000


class BreaksOff(Quiet):
    """A mirror whose connection breaks off."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        outputfile.write(source.read(1000))
        self.close_connection = True


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """What a mirror has."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file").write_bytes(DATA)
    return folder


def test_a_file_comes_whole_and_leaves_nothing_behind(served: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with mirror(served) as url, WebFetcher(taken).download_file(f"{url}/file", len(DATA)) as file:
        assert file.read() == DATA
    assert list(taken.iterdir()) == []


def test_a_file_that_is_larger_than_it_may_be_is_none(served: Path, tmp_path: Path) -> None:
    larger = pytest.raises(exceptions.DownloadLengthMismatchError)
    with mirror(served) as url, larger, WebFetcher(tmp_path).download_file(f"{url}/file", len(DATA) - 1):
        pytest.fail("it is there")


def test_a_connection_that_breaks_off_or_is_refused_is_no_slow_one(served: Path, tmp_path: Path) -> None:
    """Whatever the library calls it: it is told otherwise."""
    with mirror(served, BreaksOff) as url, pytest.raises(exceptions.DownloadError) as broken:
        WebFetcher(tmp_path).download_bytes(f"{url}/file", len(DATA))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        with pytest.raises(exceptions.DownloadError, match="refused") as refused:
            WebFetcher(tmp_path).download_bytes(f"http://127.0.0.1:{closed.getsockname()[1]}/file", 10)
    for raised in (broken, refused):
        assert not isinstance(raised.value, exceptions.SlowRetrievalError)
