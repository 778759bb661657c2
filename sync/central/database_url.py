"""What the URL of a central's database says, for those who know no database server."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from edge.errors import ConfigurationError
from sync.central.server import hosts_of, knows_by_user

_PORT = 5432


@dataclass(frozen=True)
class DatabaseUrl:
    """The first server that a URL names, and the database on it. Two URLs of one `identity` are of one
    database, however a password comes to the server. `shown` has no password.
    """

    identity: tuple[object, ...]
    shown: str
    name: str
    host: str
    port: int
    user: str
    knows_by_user: bool
    has_password_file: bool


def database_url(text: str, where: str) -> DatabaseUrl:
    """What a URL says. Raises ConfigurationError."""
    try:
        url = make_url(text)
        host, number = next(iter(hosts_of(url)), ("", ""))
        port = int(number or str(url.query.get("port", _PORT)))
    except (sa.exc.ArgumentError, ValueError):
        # Not what it says: a password may be in that.
        raise ConfigurationError("not a URL of a database", where=where, remedy="docs/central.md") from None
    query = {key: value for key, value in url.query.items() if key not in {"passfile", "password"}}
    kind = url.get_backend_name()
    return DatabaseUrl(
        (kind, url.username, url.host, url.port, url.database, tuple(sorted(query.items()))),
        url.render_as_string(hide_password=True),
        url.database or "",
        host,
        port,
        url.username or "",
        knows_by_user(url),
        kind == "postgresql" and "passfile" in url.query,
    )
