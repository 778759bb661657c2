"""Opens and migrates central's database, and runs its transactions: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from edge.errors import GatepostError
from edge.support.files import leave_to_owner
from edge.support.phrases import phrase
from sync.central.connections import Connecting, arrays_in_binary, connecting_as, durable, is_missing
from sync.central.server import (
    A_COMMAND,
    reaching,
    wait_for_no_standby,
    wait_for_standby,
    waiting_at_most,
    warnings_of,
)

CONNECTIONS = 15
"""So many transactions of a process run at a time; one more waits."""
_KEPT = 5
_MIGRATIONS = files("sync.central") / "migrations"
_LAST_OTHER_ENCODING = "0002"
"""Up to this version events are JSON, under other hashes, and people MessagePack: nothing can follow them."""
_LOCK_NOT_AVAILABLE = "55P03"
_BEGIN_ANEW = phrase(
    "keep it for the Gatepost that made it, and begin a new one: set another [store] url, "
    "then gatepost central init; the gates go on in new epochs"
)
_NOTED = sa.table("alembic_version", sa.column("version_num", sa.String))
SERVICE_USER = "gatepost-central"


class StoreError(GatepostError):
    """The database cannot be used, or refuses a request."""


class NotConfirmed(StoreError):
    """What was committed stands on the server that did it, and no standby has said that it has it, too."""


class InDoubt(StoreError):
    """The server went away while it committed: it may be done, or not."""


class Store:
    """An open database. Make one with `open_store`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._pool = engine.pool
        self._closed = False

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction, on the disk of this machine or of the server when the block ends; it waits for no
        standby. Raises StoreError, InDoubt where nobody knows whether it was committed.

        Writers of SQLite queue here (BEGIN IMMEDIATE), so none fails half-way because of another.
        """
        with self._connected("BEGIN IMMEDIATE") as connection:
            is_committing = False
            try:
                with connection.begin():
                    yield connection
                    is_committing = True
            except sa.exc.DBAPIError as error:
                if not (is_committing and self.is_on_server and error.connection_invalidated):
                    raise
                raise InDoubt(
                    phrase("the server went away while it committed: it may be done, or not"),
                    where=self.name,
                    remedy=phrase("look whether it was done before you do it again"),
                ) from error

    def confirm(self, patience: float = 0.0, of: str | None = None, waiter: str = A_COMMAND) -> str:
        """Wait, as `waiter`, until the standbys that the server names have all that was committed before, for
        `patience` seconds at most (0: no end); returns the run of the server that says so. Raises
        NotConfirmed, also where that is not the run `of` which made the transaction, and StoreError.
        """
        if not self.is_on_server:
            return ""
        with self._connected("BEGIN") as connection:
            bounded = waiting_at_most(connection, patience) if patience else nullcontext()
            with bounded, warnings_of(connection) as warned, connection.begin():
                run = wait_for_standby(connection, waiter)
            if warned or of not in {None, run}:
                other = phrase("another server took over meanwhile, which may not have it")
                raise NotConfirmed(
                    phrase("no standby has confirmed that it has it") if warned else other,
                    where=self.name,
                    remedy=phrase("gatepost central status says what the database waits for"),
                )
        return run

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that changes nothing. Raises StoreError."""
        with self._connected("BEGIN") as connection:
            yield connection

    @property
    def name(self) -> str:
        """Which database it is, for people: without its password."""
        return _where(self._engine.url)

    @property
    def is_on_server(self) -> bool:
        """Whether processes on several machines may share it."""
        return self._engine.dialect.name != "sqlite"

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """Close every connection, one in use when its transaction ends; later use raises StoreError."""
        self._closed = True
        self._pool.dispose()

    # --- inside ----------------------------------------------------------------------------

    @contextmanager
    def _connected(self, begin: str) -> Iterator[sa.Connection]:
        """A connection of the pool, on SQLite in a transaction that `begin` begins; it does not return to the
        pool if the store is closed meanwhile.
        """
        if self._closed:
            raise StoreError(phrase("is closed"), where=_where(self._engine.url))
        try:
            with self._engine.connect() as connection:
                opened = connection.connection.dbapi_connection
                if isinstance(opened, sqlite3.Connection):
                    opened.execute(begin)
                yield connection
        except (sa.exc.DataError, OverflowError, UnicodeEncodeError):  # sent by somebody: no column holds it
            said = phrase("a number or a text is none that the database holds")
            raise StoreError(said, remedy=phrase("look whether it was mistyped")) from None
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            raise _explained(error, self._engine.url) from error
        except sa.exc.TimeoutError as error:
            raise StoreError(
                phrase("all %(connections)s connections of this process are in use", connections=CONNECTIONS),
                where=self.name,
                remedy=phrase("try again; if it stays so, look for what takes so long in pg_stat_activity"),
            ) from error
        finally:
            if self._closed:
                self._pool.dispose()


def open_store(
    url: str, made: Callable[[sa.Engine], Store] = Store, *, connecting: Connecting | None = None
) -> Store:
    """Open the database at `url`. Raises StoreError if its schema has another version.

    A file that is not there is not made: it would be this user's, and not that of its folder's owner.
    """
    if is_missing(url):
        raise StoreError(phrase("has no tables"), where=_shown(url), remedy=phrase("gatepost central init"))
    with ExitStack() as opened:
        store = opened.enter_context(closing(made(connecting_as(_engine(url), SERVICE_USER, connecting))))
        with store.reading() as connection:
            held, newest = _revision(connection), newest_schema()
        if held == newest:
            opened.pop_all()
            return store
    if held is None:
        raise StoreError(phrase("has no tables"), where=_shown(url), remedy=phrase("gatepost central init"))
    if held in _known():
        raise StoreError(
            phrase("has schema version %(held)s; this Gatepost needs %(newest)s", held=held, newest=newest),
            where=_shown(url),
            remedy=phrase("make a backup, then: gatepost central init"),
        )
    raise _unknown(held, url)


def migrate_store(url: str, *, connecting: Connecting | None = None, patience: float = 10.0) -> str:
    """Make the tables, or migrate them; returns their version. Raises StoreError: nothing has changed then.

    A server's table that others use is waited for up to `patience` seconds: who stores events waits behind.
    """
    store = Store(connecting_as(_engine(url), SERVICE_USER, connecting))
    _make_file(make_url(url))
    try:
        with store.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {round(patience * 1000):d}"))
            held = _revision(connection)
            if held is not None and held not in _known():
                raise _unknown(held, url)
            if held is not None and held <= _LAST_OTHER_ENCODING and _holds_records(connection):
                raise StoreError(
                    phrase(
                        "has schema version %(held)s: its records are in an encoding that is read no more",
                        held=held,
                    ),
                    where=_shown(url),
                    remedy=_BEGIN_ANEW,
                )
            _migrate(connection)
    finally:
        store.close()
    return newest_schema()


def insert_unless_there(connection: sa.Connection, table: sa.Table, *returned: str) -> Any:
    """An INSERT that leaves an existing row with the same key unchanged; it returns the columns `returned`
    of a new one.
    """
    return _unless_there(connection.dialect.name, table, returned)


@cache
def _unless_there(dialect: str, table: sa.Table, returned: tuple[str, ...]) -> Any:
    insert = insert_or_update(dialect, table).on_conflict_do_nothing()
    return insert.returning(*(table.c[name] for name in returned)) if returned else insert


def insert_or_update(dialect: str, table: sa.Table) -> Any:
    """An INSERT that can be told what to do on a conflict, in the `dialect` of a database."""
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415 - one or the other

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415

    return postgresql_insert(table)


def schema_in(connection: sa.Connection) -> str:
    """The version of the tables that are there. Raises StoreError where there are none."""
    held = _revision(connection)
    if held is None:
        raise StoreError(phrase("has no tables"), remedy=phrase("gatepost central init"))
    return held


def knows_schema(version: str) -> bool:
    """Whether this Gatepost can bring tables of that version up to date."""
    return version in _known()


# --- inside --------------------------------------------------------------------------------


def _unknown(held: str, url: str) -> StoreError:
    return StoreError(
        phrase("has schema version %(held)s, which this Gatepost does not know", held=held),
        where=_shown(url),
        remedy=phrase("install the Gatepost that made it, or a newer one"),
    )


def _engine(url: str) -> sa.Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        is_server = parsed.get_backend_name() != "sqlite"
        pool = {"pool_size": _KEPT, "max_overflow": CONNECTIONS - _KEPT}
        has_pool = is_server or parsed.database
        pool = pool if has_pool else {}
        engine = sa.create_engine(parsed, pool_pre_ping=is_server, connect_args=reaching(parsed), **pool)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise StoreError(
            phrase("not a database URL: %(why)s", why=error),
            where="[store] url",
            remedy=phrase("sqlite:////path/central.sqlite or postgresql://user@host/name"),
        ) from None
    if engine.dialect.name == "sqlite":
        durable(engine)
    else:
        arrays_in_binary(engine)
        wait_for_no_standby(engine)
    return engine


def _make_file(url: URL) -> None:
    """Make SQLite's file, if there is none, for the owner of its folder; the files beside it inherit the
    owner.
    """
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not url.database or not path.parent.is_dir() or path.exists():
        return
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        what = phrase("could not be written: %(why)s", why=error.strerror)
        raise StoreError(what, where=str(path)) from None
    try:
        leave_to_owner(descriptor, path)
    finally:
        os.close(descriptor)


def _explained(error: sa.exc.DBAPIError | sqlite3.Error, url: URL) -> StoreError:
    said = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    is_locked = getattr(said, "sqlstate", None) == _LOCK_NOT_AVAILABLE
    remedy = phrase("others use it: stop the centre's processes, or do it again later") if is_locked else ""
    return StoreError(str(said).strip().splitlines()[0], where=_where(url), remedy=remedy)


def _shown(url: str) -> str:
    return _where(make_url(url))


def _where(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _migrate(connection: sa.Connection, version: str = "head") -> None:
    # Alembic takes a tenth of a second to load: what does not migrate does without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with as_file(_MIGRATIONS) as folder:
        configuration = Config()
        configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
        configuration.set_main_option("path_separator", "os")
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, version)


def _revision(connection: sa.Connection) -> str | None:
    """The version of the tables, as Alembic noted it; None where there are none."""
    if not sa.inspect(connection).has_table(_NOTED.name):
        return None
    return connection.execute(sa.select(_NOTED.c.version_num)).scalar()


def _holds_records(connection: sa.Connection) -> bool:
    tables = (sa.table("event"), sa.table("subject"))
    return any(
        connection.execute(sa.select(sa.literal(1)).select_from(each).limit(1)).first() for each in tables
    )


def newest_schema() -> str:
    """The version of the tables that this Gatepost works with."""
    return max(_known())


def _known() -> frozenset[str]:
    """The versions that this Gatepost can bring up to date: its migrations' files, v0001.py and so on."""
    names = (Path(file.name) for file in (_MIGRATIONS / "versions").iterdir())
    return frozenset(name.stem.removeprefix("v") for name in names if name.match("v*.py"))
