"""Every database of a gate that a later version wrote is refused by name, and left as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.counting.store import open_store
from edge.errors import GatepostError
from edge.journal.factory import open_journal
from edge.staff.desk_file import open_desk_file
from edge.staff.store import open_staff_store
from sync.updates.stores import WRITES
from tests.edge.registry.repository import NOW


def journal(path: Path) -> None:
    with open_journal(path, "main", NOW):
        pass


def closed(opens: Callable[[Path], object]) -> Callable[[Path], None]:
    def once(path: Path) -> None:
        opens(path).close()  # type: ignore[attr-defined]

    return once


OPENS: dict[str, Callable[[Path], None]] = {
    "journal": journal,
    "staff": closed(open_staff_store),
    "desk": closed(lambda path: open_desk_file(path, "main")),
    "counts": closed(open_store),
}


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        return [f"version {version}", *connection.iterdump()]


def test_every_store_is_in_the_table() -> None:
    assert OPENS.keys() == WRITES.keys()


@pytest.mark.parametrize("store", sorted(WRITES))
def test_a_newer_database_is_refused_by_name_and_left_as_it_is(tmp_path: Path, store: str) -> None:
    path = tmp_path / f"{store}.sqlite"
    OPENS[store](path)
    newer = WRITES[store] + 1
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    before = contents(path)
    with pytest.raises(GatepostError) as raised:
        OPENS[store](path)
    assert raised.value.where == str(path)
    assert f"is of version {newer}, this Gatepost understands version {WRITES[store]}" in raised.value.what
    assert "the Gatepost that wrote it, or a newer one" in raised.value.remedy
    assert contents(path) == before
    assert [item.name for item in tmp_path.iterdir() if item.name.endswith(".damaged")] == []
