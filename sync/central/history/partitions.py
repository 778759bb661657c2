"""Makes the months of the table `event` ahead, and drops those that are empty and over, where the database is
PostgreSQL.

A month is by the centre's own clock (`received_at`): what a gate's clock says makes no partition. In a month
the events lie in parts by hash of their chain, each with its own key (chain, sequence); that an event is in
one month only, a trigger sees to, under its chain's lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from edge.support.counted import counted
from sync.central.store import Store, StoreError
from sync.central.units import DAY, SECOND

AHEAD = 3
"""So many months are there before they begin."""
PARTS = 4
"""Parts of a month, by hash of the chain: so many writers never wait for one page of an index."""
DROPPED_AFTER = 35 * DAY
"""So long after its end a month that is empty is dropped."""


@dataclass(frozen=True)
class Month:
    """A month by the centre's clock: the name of its table, its beginning and its end."""

    name: str
    begin: int
    end: int


def make_partitions(store: Store, now: int) -> list[str]:
    """Make the months that are missing from this one on, and those of events that lie in none; drop those
    that are over and empty; returns what somebody should know. It waits for nobody for longer than two
    seconds: then the next call tries again. Raises StoreError.
    """
    with store.reading() as connection:
        if connection.dialect.name != "postgresql":
            return []
        there = {*connection.execute(_PARTITIONS).scalars()}
        ahead = [*_months(now)]
        stray = {*connection.execute(_STRAY, {"until": ahead[-1].end}).scalars()}
        wanted = _missing(connection, [*ahead, *map(month_of, sorted(stray))])
    for month in wanted:
        _make(store, month)
    said = _dropped(store, now, there)
    with store.reading() as connection:
        left = in_no_month(connection)
    if left:
        said.append(
            f"{counted(left, 'event lies', 'events lie')} in no month: the clock of this "
            f"computer was wrong when they came"
        )
    return said


def missing_months(connection: sa.Connection, now: int) -> list[Month]:
    """The months from this one on that are to be there at `now` and are not, in order."""
    return [] if connection.dialect.name != "postgresql" else _missing(connection, _months(now))


def in_no_month(connection: sa.Connection) -> int:
    """How many events came while their month was missing; of more than a thousand, a thousand."""
    return 0 if connection.dialect.name != "postgresql" else connection.execute(_LEFT).scalar_one()


def why_not_made(connection: sa.Connection) -> str:
    """What keeps the role that asks from making months; "": not its rights."""
    row = connection.execute(_RIGHTS).one()
    if not row.owns:
        return f"{row.role} does not own the table event"
    return "" if row.creates else f"{row.role} may not make tables in the schema {row.schema}"


def month_of(at: int) -> Month:
    """The month that a time (microseconds since 1970 UTC) is in."""
    day = datetime.fromtimestamp(at // SECOND, UTC)
    return _nth(day.year * 12 + day.month - 1)


# --- inside --------------------------------------------------------------------------------

_PARTITIONS = sa.text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " JOIN pg_class parent ON parent.oid = inhparent WHERE parent.relname = 'event'"
    " AND pg_table_is_visible(parent.oid)"
)
_FIRST_MONTH = sa.text(
    "SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \\(''?([0-9]+)''?\\)')::bigint"
    " FROM pg_class WHERE relname = 'event_before' AND pg_table_is_visible(oid)"
)
"""Where the first month begins behind what was there before there were months."""
_STRAY = sa.text(
    "SELECT DISTINCT (extract(epoch FROM date_trunc('month', to_timestamp(received_at / 1000000)"
    " AT TIME ZONE 'UTC')) * 1000000)::bigint FROM (SELECT received_at FROM event_other"
    " WHERE received_at < :until LIMIT 100000) AS o"
)
"""The months of events that came while theirs was missing; what a wrong clock put far ahead stays."""
_LEFT = sa.text("SELECT count(*) FROM (SELECT 1 FROM event_other LIMIT 1000) AS o")
_RIGHTS = sa.text(
    "SELECT current_user AS role, current_schema() AS schema, pg_has_role(relowner, 'USAGE') AS owns,"
    " has_schema_privilege(current_schema(), 'CREATE') AS creates"
    " FROM pg_class WHERE relname = 'event' AND pg_table_is_visible(oid)"
)
_NAME = re.compile(r"event_[0-9]{4}_[0-9]{2}")


def _months(now: int) -> Iterator[Month]:
    """The month of `now` and those ahead."""
    today = datetime.fromtimestamp(now // SECOND, UTC)
    return (_nth(today.year * 12 + today.month - 1 + ahead) for ahead in range(AHEAD + 1))


def _nth(months: int) -> Month:
    begin, end = (datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in (months, months + 1))
    return Month(f"event_{begin:%Y_%m}", int(begin.timestamp()) * SECOND, int(end.timestamp()) * SECOND)


def _missing(connection: sa.Connection, months: Iterable[Month]) -> list[Month]:
    """Those of `months` that there are not, each once: none that lie before there were any."""
    there = {*connection.execute(_PARTITIONS).scalars()}
    covered = int(connection.execute(_FIRST_MONTH).scalar() or 0)
    wanted = {month.name: month for month in months}
    return [month for month in wanted.values() if month.name not in there and month.begin >= covered]


def _make(store: Store, month: Month) -> None:
    """A table of its own first: to be attached it needs no lock that keeps gates' events out, unless some of
    its events lie in no month yet: those move into it.
    """
    name = month.name
    assert _NAME.fullmatch(name)  # noqa: S101 - it goes into statements as it is
    span = f"received_at >= {month.begin:d} AND received_at < {month.end:d}"
    with store.writing() as connection:
        for statement in (
            "SET LOCAL lock_timeout = '2s'",
            f"CREATE TABLE {name} (LIKE event INCLUDING DEFAULTS) PARTITION BY HASH (chain)",
            f"ALTER TABLE {name} ADD PRIMARY KEY (chain, sequence)",
            *(
                f"CREATE TABLE {name}_{part} PARTITION OF {name}"
                f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                for part in range(PARTS)
            ),
            f"WITH gone AS (DELETE FROM event_other WHERE {span} RETURNING *)"  # noqa: ISC004, S608 - ours
            f" INSERT INTO {name} TABLE gone",
            f"ALTER TABLE event ATTACH PARTITION {name} FOR VALUES FROM ({month.begin:d}) TO ({month.end:d})",
        ):
            connection.execute(sa.text(statement))


def _dropped(store: Store, now: int, there: set[str]) -> list[str]:
    """Drop the months that are over and hold nothing any more: what was in them lies in files, or was deleted
    by a rule. Returns what kept it from that.
    """
    until = month_of(now - DROPPED_AFTER).begin
    old = sorted(name for name in there if _NAME.fullmatch(name) and _begin(name) < until)
    said = []
    for name in old:
        with store.reading() as connection:
            if connection.execute(_any_in(name)).first() is not None:
                continue
        try:
            _drop(store, name)
        except StoreError as error:
            said.append(f"{name} is empty and could not be dropped: {error.what}")
    return said


def _drop(store: Store, name: str) -> None:
    """Nobody stores anything in a month that is over: that it is empty is looked at again under the lock."""
    with store.writing() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        connection.execute(sa.text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))
        if connection.execute(_any_in(name)).first() is None:
            connection.execute(sa.text(f"DROP TABLE {name}"))


def _any_in(name: str) -> sa.TextClause:
    assert _NAME.fullmatch(name)  # noqa: S101 - as above
    return sa.text(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608 - ours


def _begin(name: str) -> int:
    year, month = name.split("_")[1:]
    return _nth(int(year) * 12 + int(month) - 1).begin
