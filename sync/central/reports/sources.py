"""Where the accesses of a stretch of time lie: the database counts its own, an engine the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import quoted_name

from sync.central.history.reading import Accesses, Damage, accesses_between, files_between
from sync.central.places.sight import Sight
from sync.central.places.tables import place
from sync.central.reports.tallies import Pairs, Source
from sync.central.store import StoreError
from sync.central.tables import site

_COLUMNS = (
    *("chain", "sequence", "at", "received_at", "site", "device", "outcome", "reason", "subject", "means"),
    *("waited", "staff", "why"),
)
_FILED = sa.table("access", *(sa.column(quoted_name(name, quote=True)) for name in _COLUMNS))
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


@contextmanager
def sources_between(
    connection: sa.Connection, sites: Sequence[str], since: int, until: int
) -> Iterator[tuple[list[Source], tuple[Damage, ...]]]:
    """What keeps the accesses at `sites` of a stretch of time, each access once; and which files are not what
    was written. Raises StoreError where some moved from one into the other meanwhile: ask again.
    """
    in_database = Source(lambda query: connection.execute(query).all())
    sight = _sight_of(connection, sites)
    files = files_between(connection, sight, since, until)
    if not files:
        yield [in_database], ()
    else:
        with accesses_between(connection, sight, since, until, _COLUMNS, database=False) as filed:
            yield [in_database, _filed(filed)], filed.damaged
    if files_between(connection, sight, since, until) != files:
        raise StoreError("accesses are being moved into files", remedy="ask again in a minute")


# --- inside --------------------------------------------------------------------------------


def _filed(filed: Accesses) -> Source:
    def answers(query: sa.Select[Any]) -> Iterable[Sequence[Any]]:
        return filed.query(_said(query))

    def looked_up(query: sa.Select[Any], pairs: Pairs) -> Iterable[Sequence[Any]]:
        values = {"chains": [each[0] for each in pairs], "sequences": [each[1] for each in pairs]}
        within = '("chain", "sequence") IN (SELECT unnest($chains), unnest($sequences))'
        return filed.query(f"{_said(query)} AND {within}", values)

    return Source(answers, _FILED, looked_up)


def _said(query: sa.Select[Any]) -> str:
    """The question in the words of the engine that reads files."""
    return str(query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def _sight_of(connection: sa.Connection, sites: Sequence[str]) -> Sight:
    """A sight of these sites and no others."""
    query = sa.select(place.c.number).join(site, site.c.place == place.c.number)
    return Sight(frozenset(connection.execute(query.where(site.c.id.in_([*sites]))).scalars()))
