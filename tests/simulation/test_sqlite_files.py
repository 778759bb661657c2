"""The simulated connection answers as the standard library's: the same rows, the same errors with codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from edge.support.storage import Storage, connect
from tests.simulation.card import Card

Question = Callable[[sqlite3.Connection], object]


@contextmanager
def both(folder: Path, **options: bool) -> Iterator[list[sqlite3.Connection]]:
    """A connection by each of the two, to a database of its own with the same in it."""
    (folder / "real").mkdir()
    (folder / "card").mkdir()
    with closing(Card(folder / "card", 1)) as card, card.process("gate"):
        made = []
        for storage in (Storage(), card.storage()):
            path = folder / ("real" if storage.connect is connect else "card") / "a.sqlite"
            with closing(storage.connect(path)) as first:
                first.execute("PRAGMA journal_mode = WAL")
                first.executescript(
                    "CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT UNIQUE NOT NULL);"
                    "INSERT INTO a VALUES (1, 'one'), (2, 'two');"
                )
            made.append(storage.connect(path, **options))
        yield made
        for connection in made:
            connection.close()


ANSWERS: dict[str, Question] = {
    "rows": lambda c: c.execute("SELECT * FROM a ORDER BY b").fetchall(),
    "one row": lambda c: c.execute("SELECT c FROM a WHERE b = ?", (2,)).fetchone(),
    "no row": lambda c: c.execute("SELECT c FROM a WHERE b = 9").fetchone(),
    "iterated": lambda c: [row for (row,) in c.execute("SELECT c FROM a ORDER BY c")],
    "kinds": lambda c: c.execute("SELECT x'00ff', 1.5, NULL, 7, 'é'").fetchall(),
    "lastrowid": lambda c: c.execute("INSERT INTO a VALUES (7, 'seven')").lastrowid,
    "rowcount": lambda c: c.execute("UPDATE a SET c = c || '!'").rowcount,
    "rows deleted": lambda c: c.execute("DELETE FROM a WHERE b > 5").rowcount,
    "many": lambda c: (
        c.executemany("INSERT INTO a VALUES (?, ?)", [(3, "x"), (4, "y")]),
        c.execute("SELECT * FROM a").fetchall(),
    )[1],
    "a name": lambda c: c.execute("SELECT c FROM a WHERE b = :b", {"b": 1}).fetchall(),
    "in a transaction": lambda c: (c.execute("BEGIN"), c.in_transaction)[1],
    "rolled back": lambda c: (c.execute("ROLLBACK"), c.in_transaction)[1],
    "data_version": lambda c: c.execute("PRAGMA data_version").fetchone() == (1,),
    "user_version": lambda c: (
        c.executescript("BEGIN; PRAGMA user_version = 6; COMMIT;"),
        c.execute("PRAGMA user_version").fetchall(),
    )[1],
    "checks": lambda c: c.execute("PRAGMA quick_check(1)").fetchall(),
    "mode": lambda c: c.execute("PRAGMA journal_mode").fetchall(),
}


def test_it_answers_alike(tmp_path: Path) -> None:
    with both(tmp_path) as (real, simulated):
        for name, asked in ANSWERS.items():
            assert asked(simulated) == asked(real), name


def committed(connection: sqlite3.Connection) -> object:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO a VALUES (10, 'ten')")
    return connection.in_transaction, connection.execute("SELECT count(*) FROM a").fetchone()


def rolled_back(connection: sqlite3.Connection) -> object:
    with suppress(ZeroDivisionError), connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO a VALUES (11, 'eleven')")
        raise ZeroDivisionError
    return connection.in_transaction, connection.execute("SELECT count(*) FROM a").fetchone()


def kept_nothing(connection: sqlite3.Connection) -> object:
    with suppress(sqlite3.IntegrityError), connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO a VALUES (12, 'twelve')")
        connection.execute("INSERT INTO a VALUES (12, 'again')")
    return connection.in_transaction, connection.execute("SELECT count(*) FROM a").fetchone()


@pytest.mark.parametrize("transaction", [committed, rolled_back, kept_nothing])
def test_a_transaction_ends_alike(
    tmp_path: Path, transaction: Callable[[sqlite3.Connection], object]
) -> None:
    with both(tmp_path) as (real, simulated):
        assert transaction(simulated) == transaction(real)


ERRORS: dict[str, Question] = {
    "no table": lambda c: c.execute("SELECT * FROM nothing"),
    "no statement": lambda c: c.execute("SELEKT"),
    "taken key": lambda c: c.execute("INSERT INTO a VALUES (1, 'three')"),
    "not unique": lambda c: c.execute("INSERT INTO a VALUES (3, 'one')"),
    "null": lambda c: c.execute("INSERT INTO a VALUES (3, NULL)"),
    "of another kind": lambda c: c.execute("INSERT INTO a VALUES ('x', 'x')"),
    "within many": lambda c: c.executemany("INSERT INTO a VALUES (?, ?)", [(5, "x"), (5, "y")]),
    "within a script": lambda c: c.executescript("SELECT * FROM nothing;"),
    "nothing begun": lambda c: c.execute("COMMIT"),
    "not UTF-8": lambda c: c.execute("SELECT CAST(x'ff' AS TEXT)").fetchall(),
    "too big": lambda c: c.execute("SELECT zeroblob(3000000000)").fetchall(),
}


@pytest.mark.parametrize("name", ERRORS)
def test_it_fails_alike(tmp_path: Path, name: str) -> None:
    found = []
    with both(tmp_path) as connections:
        for connection in connections:
            with pytest.raises(sqlite3.Error) as raised:
                ERRORS[name](connection)
            error = raised.value
            found.append((type(error), getattr(error, "sqlite_errorcode", None)))
    assert found[0] == found[1]


def test_one_for_reading_writes_nothing(tmp_path: Path) -> None:
    found = []
    with both(tmp_path, read_only=True) as connections:
        for connection in connections:
            with pytest.raises(sqlite3.OperationalError, match="readonly") as raised:
                connection.execute("DELETE FROM a")
            found.append((raised.value.sqlite_errorcode, connection.execute("SELECT * FROM a").fetchall()))
    assert found[0] == found[1]


@pytest.mark.parametrize("noise", [b"", b"x" * 4096, b"SQLite format 3\0" + b"x" * 4080])
def test_what_is_no_database_is_found_alike(tmp_path: Path, noise: bytes) -> None:
    found = []
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "a.sqlite").write_bytes(noise)
    (tmp_path / "a.sqlite").write_bytes(noise)
    with closing(Card(tmp_path / "card", 1)) as card, card.process("gate"):
        for storage, path in ((Storage(), tmp_path), (card.storage(), card.folder)):
            try:
                with closing(storage.connect(path / "a.sqlite")) as connection:
                    connection.execute("PRAGMA journal_mode = WAL")
                    found.append((None, connection.execute("PRAGMA quick_check(1)").fetchone()))
            except sqlite3.Error as error:
                found.append((type(error), getattr(error, "sqlite_errorcode", None)))  # type: ignore[arg-type]
    assert found[0] == found[1]
    assert noise == b"" or found[0][0] is sqlite3.DatabaseError
