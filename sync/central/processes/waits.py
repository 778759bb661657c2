"""What a centre's database waits for, in words: a standby that is away, or one that lags."""

from __future__ import annotations

import sqlalchemy as sa

_LAGS_FROM = 10.0
"""Seconds: from then on a lag is said although nobody waits for it."""
_WAITS_FROM = 2.0
_MB = 1_000_000
_NOT_ACKNOWLEDGED = "gates' events are not acknowledged, and gates keep them"
_START_IT = "start it, or, where it is lost, set synchronous_standby_names = ''"
_STANDING = sa.text(
    "SELECT current_setting('synchronous_standby_names') AS names,"
    " (SELECT count(*) FROM pg_stat_replication) AS standbys,"
    " (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) FROM pg_stat_replication) AS behind,"
    " (SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication) AS lag,"
    " count(*) AS waiting, extract(epoch FROM clock_timestamp() - min(query_start)) AS since"
    " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()"
)
"""How far a standby lags is told to members of pg_monitor only; what waits, and whether there is one, to all.
"""


def waits_of(connection: sa.Connection) -> tuple[str, ...]:
    """What commits wait for; nothing on SQLite, and where all is well."""
    if connection.dialect.name != "postgresql":
        return ()
    if connection.execute(sa.text("SELECT pg_is_in_recovery()")).scalar_one():
        return ("the database is a standby, and takes no writes: promote it, or name the primary",)
    row = connection.execute(_STANDING).one()
    since, lag = float(row.since or 0), float(row.lag or 0)
    waiting = ""
    if row.waiting:
        commits = "1 commit waits" if row.waiting == 1 else f"{row.waiting} commits wait"
        waiting = f": {commits}, the first for {since:.0f} s"
    behind = "" if not row.behind else f", {row.behind / _MB:.1f} MB behind"
    if row.names and not row.standbys:
        away = f"no standby is connected, and the server is to have one ({row.names}){waiting}"
        return (f"{away}; {_NOT_ACKNOWLEDGED}: {_START_IT}",)
    if row.waiting and since >= _WAITS_FROM:
        return (f"the standby lags{behind}{waiting}; {_NOT_ACKNOWLEDGED}: look at its disk and at the link",)
    if lag >= _LAGS_FROM:
        return (f"the standby lags by {lag:.0f} s{behind}",)
    return ()


def standby_waited_for(connection: sa.Connection) -> str | None:
    """The names of the standbys that lag or are away, as the server has them; None where all is well, and
    where it names none: nothing waits for one that lags then.
    """
    if not waits_of(connection):
        return None
    names = connection.execute(sa.text("SELECT current_setting('synchronous_standby_names')")).scalar()
    return str(names) if names else None
