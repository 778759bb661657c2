"""What central asks of a PostgreSQL server: to be found again when another takes over, and to have a standby
apply what is acknowledged before that is said; and nothing else to wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.engine import URL

_NOTICED_WITHIN = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Seconds, and milliseconds for the last: a server whose machine is gone says nothing."""
_CANCELLED_WITHIN = 5.0
_POINT = sa.text(
    "SELECT pg_postmaster_start_time()::text AS run,"
    " current_setting('synchronous_standby_names') <> '' AS waits"
)
_CONFIRM = sa.text(
    "SELECT pg_postmaster_start_time()::text AS run, set_config('synchronous_commit', 'remote_apply', true),"
    " set_config('application_name', :name, true),"
    " pg_logical_emit_message(true, 'gatepost', '')"
)
"""The last writes a few bytes into the log of changes: a transaction that writes nothing waits for nobody. A
number alone (pg_current_xact_id) is not enough.
"""
A_COMMAND = "a command"
"""Who waits for a standby where nobody says who: no process is called so, whose id has no space."""
_LONGEST_NAME = 63
"""Letters of an application's name that a server keeps."""
_END_WAITS = sa.text(
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    " AND application_name = :name AND usename = current_user AND datname = current_database()"
)


@dataclass(frozen=True)
class CommitPoint:
    """The run of the server on which a transaction ran ("": it is a file), and whether that `waits` for
    standbys before something counts as safe.
    """

    run: str
    waits: bool


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


def commit_point(connection: sa.Connection) -> CommitPoint:
    """Where the transaction is: what it writes, and what it has read, is on the server's own disk once it is
    committed.
    """
    if connection.dialect.name != "postgresql":
        return CommitPoint("", waits=False)
    row = connection.execute(_POINT).one()
    return CommitPoint(row.run, row.waits)


def wait_for_standby(connection: sa.Connection, waiter: str) -> str:
    """Have the transaction's commit wait until the standbys that the server names have applied it, and all
    that was committed before. Returns the run of the server, which knows the wait as one of `waiter`.
    """
    return str(connection.execute(_CONFIRM, {"name": _name_of(waiter)}).one().run)


def end_waits(connection: sa.Connection, waiter: str) -> int:
    """End the waits for a standby that `waiter` has begun, and return how many: a server does not notice who
    is gone before the standby is back. Whoever does wait in one is warned, and asks again.
    """
    if connection.dialect.name != "postgresql":
        return 0
    return len(connection.execute(_END_WAITS, {"name": _name_of(waiter)}).all())


def _name_of(waiter: str) -> str:
    return f"{waiter} confirms"[:_LONGEST_NAME]


@contextmanager
def waiting_at_most(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """End a wait for the standbys meanwhile after so long, with a warning. A statement's timeout does not: it
    is over when the commit begins.
    """
    opened: Any = connection.connection.dbapi_connection
    ended: list[bool] = []

    def end() -> None:
        ended.append(True)
        with suppress(Exception):  # the server is gone: then the wait ends, too
            opened.cancel_safe(timeout=_CANCELLED_WITHIN)

    timer = Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if ended:
            connection.invalidate()  # it might end the next statement instead


def wait_for_no_standby(engine: sa.Engine) -> None:
    """Have every commit wait for the server's own disk only: what has to be on a standby, too, is confirmed
    afterwards.
    """

    @sa_event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        before, connection.autocommit = connection.autocommit, True
        connection.execute("SET synchronous_commit = local")
        connection.autocommit = before


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
