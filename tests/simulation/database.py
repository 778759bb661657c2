"""Central's database as all of its processes share it: it fails, is put back, and tells what is new in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from sync.central.store import Store, StoreError, migrate_store, open_store
from tests.simulation.observations import AtCentral, FoundAtCentral

_WATCH = """
CREATE TABLE seen (number INTEGER PRIMARY KEY, chain INTEGER NOT NULL, sequence INTEGER NOT NULL);
CREATE TRIGGER see AFTER INSERT ON event BEGIN
    INSERT INTO seen (chain, sequence) VALUES (new.chain, new.sequence);
END;
"""
_NEW_EVENTS = """
SELECT seen.number, chain.device, chain.epoch, event.sequence, event.hash, event.kind, event.body
FROM seen JOIN chain ON chain.number = seen.chain
JOIN event ON event.chain = seen.chain AND event.sequence = seen.sequence
WHERE seen.number > ? ORDER BY seen.number
"""
_NEW_FINDINGS = """
SELECT finding.number, chain.device, finding.kind, finding.detail, chain.epoch, finding.first, finding.last
FROM finding JOIN chain ON chain.number = finding.chain
WHERE finding.number > ? ORDER BY finding.number
"""
_NEWEST = """
SELECT (SELECT coalesce(max(number), 0) FROM seen), (SELECT coalesce(max(number), 0) FROM finding)
"""


class IngesterKilled(BaseException):  # not an Exception: nothing in the product may live on with it
    """The process that runs dies here."""


class Killer:
    """What may end a process at one of its commits: before what it wrote is kept, or after."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._after = self._of_events = False

    def arm(self, commits: int, *, after: bool, of_events: bool = False) -> None:
        """Let it die at its `commits`-th commit from now; those `of_events` alone may count."""
        self._left, self._after, self._of_events = commits, after, of_events

    def disarm(self) -> None:
        self._left = None

    def before_commit(self, stores_events: Callable[[], bool]) -> None:
        if self._left is not None and (not self._of_events or stores_events()):
            self._left -= 1
            self._die_if(after=False)

    def after_commit(self) -> None:
        self._die_if(after=True)

    def _die_if(self, *, after: bool) -> None:
        if self._left == 0 and self._after == after:
            raise IngesterKilled


class Database:
    """`folder` gets its file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "central.sqlite"
        self._path.write_bytes(_founded())
        self.fails = 0
        """How many faults have every transaction fail."""
        self._events_told = self._findings_told = 0
        self._reader = self._opened()

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def opener(self, killer: Killer | None = None) -> Callable[[str], Store]:
        """What opens it for one process."""
        return partial(open_store, made=partial(_SharedStore, self, killer or Killer()))

    def news(self, at: float) -> Iterator[AtCentral | FoundAtCentral]:
        """What is new in the tables since the last call."""
        for number, *event in self._reader.execute(_NEW_EVENTS, (self._events_told,)):
            self._events_told = number
            yield AtCentral(at, *event)
        for number, *finding in self._reader.execute(_NEW_FINDINGS, (self._findings_told,)):
            self._findings_told = number
            yield FoundAtCentral(at, *finding)

    def stores_events(self, connection: sa.Connection) -> bool:
        """Whether there are events by this transaction that are not told yet."""
        newest = connection.exec_driver_sql("SELECT coalesce(max(number), 0) FROM seen").scalar_one()
        return bool(newest > self._events_told)

    def backup(self) -> bytes:
        """What it is now."""
        return self._reader.serialize()

    def restore(self, backup: bytes) -> None:
        """Put it back; no process may have it open."""
        self._reader.close()
        for name in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)
        self._path.write_bytes(backup)
        self._reader = self._opened()
        self._events_told, self._findings_told = self._reader.execute(_NEWEST).fetchone()

    def close(self) -> None:
        self._reader.close()

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None)


class _SharedStore(Store):
    """The database as one process has it open."""

    def __init__(self, database: Database, killer: Killer, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._database = database
        self._killer = killer

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self._refuse_if_failing()
        with super().writing() as connection:
            yield connection
            self._killer.before_commit(lambda: self._database.stores_events(connection))
        self._killer.after_commit()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        self._refuse_if_failing()
        with super().reading() as connection:
            yield connection

    def _refuse_if_failing(self) -> None:
        if self._database.fails:
            raise StoreError("disk I/O error", where=str(self._database.url))


@cache
def _founded() -> bytes:
    """A database with its tables, which notes beside them which events came."""
    with TemporaryDirectory() as name:
        path = Path(name) / "central.sqlite"
        migrate_store(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(_WATCH)
            return connection.serialize()
