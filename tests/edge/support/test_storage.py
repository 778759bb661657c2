"""A database is opened whatever lies beside it, and nobody waits there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.support.storage import connect

BESIDE = ("-journal", "-wal", "-shm")
LAID: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link": lambda path: path.symlink_to("another-s"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "held.sqlite"
    with closing(sqlite3.connect(made)) as connection:
        connection.executescript("CREATE TABLE held (n INTEGER); INSERT INTO held VALUES (7);")
    return made


@pytest.mark.parametrize("ending", BESIDE)
@pytest.mark.parametrize("laid", LAID)
def test_what_is_no_file_of_sqlites_is_set_aside(path: Path, laid: str, ending: str) -> None:
    beside = path.with_name(path.name + ending)
    LAID[laid](beside)
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO held VALUES (8)")
        assert connection.execute("SELECT n FROM held").fetchall() == [(7,), (8,)]
    assert os.path.lexists(f"{beside}.damaged")
    assert not path.with_name("another-s").exists()


@pytest.mark.parametrize("ending", BESIDE)
def test_who_only_reads_says_so_and_moves_nothing(path: Path, ending: str) -> None:
    beside = path.with_name(path.name + ending)
    os.mkfifo(beside)
    with pytest.raises(sqlite3.OperationalError, match=f"{beside.name} is not a regular file"):
        connect(path, read_only=True)
    assert beside.is_fifo()
