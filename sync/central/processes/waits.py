"""What a centre's database waits for, in words: a standby that is away, or one that lags."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import Phrase, phrase

_LAGS_FROM = 10.0
"""Seconds: from then on a lag is said although nobody waits for it."""
_WAITS_FROM = 2.0
_MB = 1_000_000
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


def waits_of(connection: sa.Connection) -> tuple[Phrase, ...]:
    """What commits wait for; nothing on SQLite, and where all is well."""
    if connection.dialect.name != "postgresql":
        return ()
    if connection.execute(sa.text("SELECT pg_is_in_recovery()")).scalar_one():
        return (phrase("the database is a standby, and takes no writes: promote it, or name the primary"),)
    row = connection.execute(_STANDING).one()
    since, lag = float(row.since or 0), float(row.lag or 0)
    behind = phrase(", %(size)s MB behind", size=f"{row.behind / _MB:.1f}") if row.behind else ""
    if row.names and not row.standbys:
        return (_away(row.names, row.waiting, since),)
    if row.waiting and since >= _WAITS_FROM:
        return (
            phrase(
                "the standby lags%(behind)s: %(commits)s; gates' events are not acknowledged, and gates keep "
                "them: look at its disk and at the link",
                behind=behind,
                commits=_commits(row.waiting, since),
            ),
        )
    if lag >= _LAGS_FROM:
        return (phrase("the standby lags by %(lag)s s%(behind)s", lag=f"{lag:.0f}", behind=behind),)
    return ()


def _away(names: str, waiting: int, since: float) -> Phrase:
    if not waiting:
        return phrase(
            "no standby is connected, and the server is to have one (%(names)s); gates' events are not "
            "acknowledged, and gates keep them: start it, or, where it is lost, set "
            "synchronous_standby_names = ''",
            names=names,
        )
    return phrase(
        "no standby is connected, and the server is to have one (%(names)s): %(commits)s; gates' events are "
        "not acknowledged, and gates keep them: start it, or, where it is lost, set "
        "synchronous_standby_names = ''",
        names=names,
        commits=_commits(waiting, since),
    )


def _commits(waiting: int, since: float) -> Phrase:
    """How many wait, and how long the first does."""
    seconds = f"{since:.0f}"
    if waiting == 1:
        return phrase("1 commit waits, the first for %(seconds)s s", seconds=seconds)
    return phrase("%(count)s commits wait, the first for %(seconds)s s", count=waiting, seconds=seconds)


def standby_waited_for(connection: sa.Connection) -> str | None:
    """The names of the standbys that lag or are away, as the server has them; None where all is well, and
    where it names none: nothing waits for one that lags then.
    """
    if not waits_of(connection):
        return None
    names = connection.execute(sa.text("SELECT current_setting('synchronous_standby_names')")).scalar()
    return str(names) if names else None
