"""Which database a centre is to have, by the URL that a person gave: nothing secret in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from edge.errors import ConfigurationError
from edge.support.addresses import without_password
from sync.central.database_url import database_url

_WHERE = "--database"
_NAME = "gatepost"


@dataclass(frozen=True)
class Database:
    """A centre's database. `url` goes into central.toml. A `name` is to be made by PostgreSQL's own
    administrator on this machine, reached by the socket in `socket_folder` at `port`.
    """

    url: str
    name: str = ""
    socket_folder: str = ""
    port: int = 5432
    host: str = ""
    user: str = ""

    @property
    def is_local_server(self) -> bool:
        return bool(self.name) and not self.host


_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)


def database_of(url: str | None, state: Path, password: Path | None) -> Database:
    """The database for a URL; without one, a SQLite file in `state`. `password` is the file (libpq's form)
    that will hold the server's password. Raises ConfigurationError.
    """
    if url is None:
        return Database(f"sqlite:///{state}/central.sqlite")
    try:
        found = urlsplit(url)
        port, secret = found.port, found.password
    except ValueError as error:
        raise ConfigurationError(f"not a URL: {error}", where=_WHERE, remedy=_REMEDY) from None
    asked = {key: values[-1] for key, values in parse_qs(found.query).items()}
    if secret is not None or "password" in asked:
        raise ConfigurationError(
            "everybody on this computer sees a password in an argument, and the shell keeps it",
            where=_WHERE,
            remedy="leave it out, and name a file that holds it alone: --database-password FILE",
        )
    if found.scheme == "sqlite":
        return Database(url)
    if found.scheme not in {"postgresql", "postgres"}:
        shown = without_password(url if "://" in url else url.rpartition("@")[2])
        raise ConfigurationError(f"{shown!r} is no database", where=_WHERE, remedy=_REMEDY)
    if not _PORT.fullmatch(asked.get("port", "5432")):
        raise ConfigurationError(f"{asked['port'][:20]!r} is no port", where=_WHERE, remedy=_REMEDY)
    name = found.path.strip("/") or _NAME
    folder = asked.get("host", "")
    if found.hostname is None and (not folder or folder.startswith("/")):
        where = "&".join(f"{key}={quote(value, safe='/')}" for key, value in asked.items())
        local = f"postgresql:///{name}" + (f"?{where}" if where else "")
        return Database(local, name, folder, int(asked.get("port", "5432")))
    if password is None:
        return Database(url)
    host = found.hostname or folder
    ending = f"{'&' if found.query else '?'}passfile={quote(str(password), safe='/')}"
    return Database(url + ending, name, port=port or 5432, host=host, user=found.username or "")


_REMEDY = (
    "sqlite:////path/central.sqlite, postgresql:///gatepost (this machine) or postgresql://user@host/name"
)


def database_in(held: str, asked: Database | None, where: str) -> Database:
    """The database that the central.toml at `where` names by the URL `held`. Raises ConfigurationError where
    another one is `asked` for: nobody would serve that.
    """
    found = database_url(held, f"{where}, [store] url")
    if asked is not None and database_url(asked.url, _WHERE).identity != found.identity:
        raise ConfigurationError(
            f"this centre has another one: {found.shown}, by {where}",
            where=_WHERE,
            remedy="leave it out; to move to another database: docs/backup.md",
        )
    name = found.name or _NAME
    if found.knows_by_user:
        return Database(held, name, found.host, found.port)
    if not found.has_password_file:
        return Database(held)
    return Database(held, name, port=found.port, host=found.host, user=found.user)


def password_line(database: Database, secret: str) -> bytes:
    """The line of libpq's password file for a server. Raises ConfigurationError."""
    if not secret or "\n" in secret or "\0" in secret:
        raise ConfigurationError(
            "holds no password", where="--database-password", remedy="the password alone, on one line"
        )
    fields = (database.host, str(database.port), database.name, database.user or "*", secret)
    return (":".join(field.replace("\\", "\\\\").replace(":", "\\:") for field in fields) + "\n").encode()
