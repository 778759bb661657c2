"""A centre's database as one stream, of one moment, and back: SQLite by its backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from edge.backup.errors import BackupError
from edge.backup.sqlite import copied
from sync.central.acting import known
from sync.central.connections import connecting_as
from sync.central.server import hosts_of, knows_by_user, reaching
from sync.central.store import SERVICE_USER, Store, open_store

_PIECE = 1 << 20
_MOST_SAID = 4_000
_MAKE_IT = (
    f"sudo -u postgres createuser {SERVICE_USER}; "
    f"sudo -u postgres createdb --owner={SERVICE_USER} --encoding=UTF8 --template=template0 gatepost"
)


@dataclass(frozen=True)
class Snapshot:
    """The database at one moment: a transaction that sees it, and the stream of all of it."""

    connection: sa.Connection
    pieces: Iterator[bytes]


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


@contextmanager
def snapshot(store: Store, url: str) -> Iterator[Snapshot]:
    """The database at `url`, which `store` has open, as it is now; others go on writing. Raises
    GatepostError.
    """
    if is_sqlite(url):
        with copied(Path(make_url(url).database or "")) as copy:
            seen = open_store(f"sqlite:///{copy.path}")
            try:
                with seen.reading() as connection:
                    yield Snapshot(connection, copy.pieces())
            finally:
                seen.close()
    else:
        with store.reading() as connection:
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            name = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
            yield Snapshot(connection, _dumped(make_url(url), name))


def refuse_database_in_use(url: str) -> None:
    """Raise BackupError where the database at `url` cannot be reached, or has anything in it."""
    if is_sqlite(url):
        return
    engine = sa.create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    connecting_as(engine, SERVICE_USER, None)
    try:
        with engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
    except sa.exc.SQLAlchemyError as error:
        raise BackupError(str(error).splitlines()[0], where=_shown(url), remedy=_MAKE_IT) from None
    finally:
        engine.dispose()
    if tables:
        raise BackupError(
            f"has {len(tables)} tables already, and a backup is never put back over what is there",
            where=_shown(url),
            remedy=f"make an empty one, and name it by --database URL: {_MAKE_IT}",
        )


class PostgresqlRestore:
    """pg_restore, which takes a dump piece by piece, all in one transaction. `end` says how it went."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        words = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        self._process = _started([*words, *_where_to(make_url(url))], url, self._said, stdin=subprocess.PIPE)

    def take(self, pieces: Iterator[bytes]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        with suppress(BrokenPipeError):  # it has ended: `end` says why
            for piece in pieces:
                self._process.stdin.write(piece)

    def end(self) -> None:
        """Wait for its end. Raises BackupError: nothing was put back then."""
        with suppress(BrokenPipeError):
            self._process.communicate()
        _refuse_failure(self._process, "pg_restore", self._url, self._said)

    def stop(self) -> None:
        """End it, where it goes on: what it did is undone by the server."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._said.close()


def _dumped(url: URL, name: str) -> Iterator[bytes]:
    words = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}"]
    shown = url.render_as_string()
    with tempfile.TemporaryFile() as said:
        process = _started([*words, *_where_to(url)], url.render_as_string(hide_password=False), said)
        assert process.stdout is not None  # noqa: S101 - asked for there
        try:
            with process.stdout as out:
                while piece := out.read(_PIECE):
                    yield piece
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        _refuse_failure(process, "pg_dump", shown, said)


def _user_for(url: URL) -> str | None:
    """As whom root's programs connect: a server on this machine knows its clients by their system user."""
    return SERVICE_USER if os.geteuid() == 0 and knows_by_user(url) and known(SERVICE_USER) else None


def _started(
    words: list[str], url: str, said: IO[bytes], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A program of PostgreSQL's, in C's language; the password is in its surroundings, and in no argument."""
    password = make_url(url).password
    surroundings = {**os.environ, "LC_ALL": "C"} | ({} if password is None else {"PGPASSWORD": str(password)})
    user = _user_for(make_url(url))
    try:
        return subprocess.Popen(
            words,
            stdin=stdin,
            stdout=subprocess.PIPE if stdin == subprocess.DEVNULL else said,
            stderr=said,
            env=surroundings,
            cwd="/" if user else None,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    except FileNotFoundError:
        raise BackupError(
            "is not installed", where=words[0], remedy="apt-get install postgresql-client"
        ) from None


def _where_to(url: URL) -> list[str]:
    """How to reach a database, in words without a password."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - only where it is PostgreSQL

    hosts, ports = zip(*hosts_of(url), strict=True) if hosts_of(url) else ((), ())
    given = {"host": ",".join(hosts), "port": ",".join(ports).strip(","), "user": url.username}
    parts = {name: str(value) for name, value in (*given.items(), ("dbname", url.database)) if value}
    kept = {name: value for name, value in url.query.items() if name != "host"}
    extra = {name: value if isinstance(value, str) else value[0] for name, value in kept.items()}
    parts |= reaching(url)
    return ["--no-password", f"--dbname={make_conninfo('', **parts, **extra)}"]


def _refuse_failure(process: subprocess.Popen[bytes], program: str, url: str, said: IO[bytes]) -> None:
    if process.returncode:
        said.seek(0)
        lines = said.read(_MOST_SAID).decode(errors="replace").strip().splitlines() or ["it ended"]
        why = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise BackupError(f"{program} failed: {why}", where=_shown(url), remedy="see that it can be reached")


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
