"""Where the accesses of a report lie: the database counts its own, files are counted by their sums, and an
engine reads the files that have none or lie only partly in the report's days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.manifest import KeptFile
from sync.central.history.reading import Damage, accesses_between, files_between
from sync.central.history.sums import summed, sums_between
from sync.central.places.sight import Sight
from sync.central.places.tables import place
from sync.central.reports.core import Days, ReportTally
from sync.central.reports.filed import COLUMNS, look_up, source_of
from sync.central.reports.sums import SUMMING, tally_of_sums
from sync.central.reports.tallies import Pairs, Source
from sync.central.store import StoreError
from sync.central.tables import site


@dataclass(frozen=True)
class FoundSources:
    """What keeps the accesses of some days and of those before them, each access once."""

    sources: Sequence[Source]
    summed: ReportTally = field(default_factory=ReportTally)
    """What the files come to whose rows no source has, of the days."""
    before: int = 0
    """How many accesses such files have of the days before."""
    damaged: tuple[Damage, ...] = ()
    """The files that are not what was written: they are counted nowhere."""


@contextmanager
def sources_between(
    connection: sa.Connection, sites: Sequence[str], days: Days, before: Days
) -> Iterator[FoundSources]:
    """What keeps the accesses at `sites` of the days, and of those `before` them. Raises StoreError where
    some moved from the database into files meanwhile: ask again.
    """
    in_database = Source(lambda query: connection.execute(query).all())
    sight = sight_of(connection, sites)
    files = files_between(connection, sight, before.since, days.until)
    if not files:
        yield FoundSources([in_database])
    else:
        by_sums = _with_sums(connection, files, days)
        counted = [file for file in files if _within(file, before)]
        rest = {file.number for file in files} - by_sums - {file.number for file in counted}
        span = (connection, sight, before.since, days.until, COLUMNS)
        with accesses_between(*span, database=False, among=rest) as filed:
            damaged = {each.name for each in filed.damaged}
            by_sums -= {file.number for file in files if file.name in damaged}
            read = sums_between(connection, days.since, days.until)
            yield FoundSources(
                [in_database, source_of(filed, _Looking(connection, sight, days))],
                tally_of_sums((at_site, sums) for number, at_site, sums in read if number in by_sums),
                sum(file.rows for file in counted if file.name not in damaged),
                filed.damaged,
            )
    if _numbers(files_between(connection, sight, before.since, days.until)) != _numbers(files):
        raise StoreError(
            phrase("accesses are being moved into files"), remedy=phrase("ask again in a minute")
        )


def sight_of(connection: sa.Connection, sites: Sequence[str]) -> Sight:
    """A sight of these sites and no others."""
    query = sa.select(place.c.number).join(site, site.c.place == place.c.number)
    return Sight(frozenset(connection.execute(query.where(site.c.id.in_([*sites]))).scalars()))


# --- inside --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Looking:
    """Looks accesses up in the files of the days, whether they have sums or not."""

    connection: sa.Connection
    sight: Sight
    days: Days

    def __call__(self, query: sa.Select[Any], pairs: Pairs) -> Iterable[Sequence[Any]]:
        span = (self.connection, self.sight, self.days.since, self.days.until, COLUMNS)
        with accesses_between(*span, database=False) as filed:
            return look_up(filed, query, pairs)


def _with_sums(connection: sa.Connection, files: Sequence[KeptFile], days: Days) -> set[int]:
    """The files that lie in the days as a whole, with sums by a clock that is the days' all the while."""
    within = [file for file in files if _within(file, days)]
    known = summed(connection, within, SUMMING.form)
    offsets = days.offsets()
    return {
        file.number
        for file in within
        if file.number in known
        and {each.ahead for each in offsets if each.meets(file.first_at, file.last_at)}
        == {known[file.number]}
    }


def _within(file: KeptFile, days: Days) -> bool:
    return days.since <= file.first_at and file.last_at < days.until


def _numbers(files: Sequence[KeptFile]) -> list[int]:
    return [file.number for file in files]
