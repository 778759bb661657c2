"""What central asks of a PostgreSQL server: to be found again when another takes over, and to have a standby
apply what is acknowledged before that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

_NOTICED_WITHIN = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Seconds, and milliseconds for the last: a server whose machine is gone says nothing."""
_LOCAL = sa.text("SELECT set_config('synchronous_commit', 'local', true)")
_REMOTE = sa.text(
    "SELECT set_config('synchronous_commit', 'remote_apply', true),"
    " set_config('statement_timeout', '0', true)"
)
"""A statement's timeout would end the wait for the standby, and the commit would count as done."""


def reaching(url: URL) -> dict[str, str]:
    """What is asked of libpq besides the URL, where that does not say it itself: that a lost server is
    noticed, and of several hosts (`?host=a:5432&host=b:5432`) the one that takes writes.
    """
    if not url.drivername.startswith("postgresql"):
        return {}
    more = {name: value for name, value in _NOTICED_WITHIN.items() if name not in url.query}
    if len(hosts_of(url)) > 1 and "target_session_attrs" not in url.query:
        more["target_session_attrs"] = "read-write"
    return more


def hosts_of(url: URL) -> list[tuple[str, str]]:
    """Host and port of each server that the URL names; empty where it leaves that to libpq."""
    named = url.query.get("host", ())
    parts = [named] if isinstance(named, str) else [*named]
    if url.host:
        return [(url.host, str(url.port or ""))]
    hosts = [part.rpartition(":") for part in ",".join(parts).split(",") if part]
    return [(host, port) if found and port.isdecimal() else (found + port, "") for host, found, port in hosts]


def knows_by_user(url: URL) -> bool:
    """Whether it names no role, and a server that is reached by a socket of this machine."""
    hosts = [host for host, _ in hosts_of(url)] or ["/"]
    is_here = all(host.startswith("/") for host in hosts)
    return url.drivername.startswith("postgresql") and url.username is None and is_here


def wait_for_standby(connection: sa.Connection) -> None:
    """Have the transaction's commit wait until the standbys that the server names have applied it; where it
    names none, until it is on the server's own disk.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_REMOTE)


def wait_for_no_standby(connection: sa.Connection) -> None:
    """Have the transaction's commit wait for the server's own disk only: for what is of this moment."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCAL)


@contextmanager
def warnings_of(connection: sa.Connection) -> Iterator[list[str]]:
    """Yields what a server warns of meanwhile. A commit that does is one whose wait for the standby somebody
    ended: it stands, and may be on one machine only.
    """
    ended: list[str] = []
    if connection.dialect.name != "postgresql":
        yield ended
        return

    def on_notice(diagnostic: Any) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            ended.append(str(diagnostic.message_primary))

    opened: Any = connection.connection.dbapi_connection
    opened.add_notice_handler(on_notice)
    try:
        yield ended
    finally:
        opened.remove_notice_handler(on_notice)
