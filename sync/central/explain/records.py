"""The archive's versions and people of one site, as those need them who decide many events again."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from edge.decision import Policy, Subject
from edge.registry.format import BundleRefused, decode_subject, subject_key
from sync.central.batched import batched
from sync.central.registry.archive import ArchivedVersion, MissingVersion, version_at
from sync.central.tables import archived_record, archived_version

_MOST_PEOPLE = 50_000
"""People whose records are kept in memory; then it begins anew."""
_Stay = tuple[int, int | None, Subject | None]


class Records:
    """Reads each version, and each person's records, once. What is not loaded is not there."""

    def __init__(self, connection: sa.Connection, site: str) -> None:
        self.site = site
        numbers = connection.execute(
            sa.select(archived_version.c.version).where(archived_version.c.site == site)
        ).scalars()
        found = {number: version_at(connection, site, number) for number in numbers}
        self._versions = {
            number: version for number, version in found.items() if not isinstance(version, MissingVersion)
        }
        self._people: dict[str, list[_Stay]] = {}

    def version(self, number: int) -> ArchivedVersion | None:
        """A version that is kept and can be read; None: it is not."""
        return self._versions.get(number)

    @property
    def newest_policy(self) -> Policy | None:
        """The rules of the newest version; None: none is kept."""
        newest = max(self._versions, default=None)
        return None if newest is None else self._versions[newest].rules.policy

    def load(self, connection: sa.Connection, names: Iterable[str]) -> None:
        """Have the records of these people, of every version that is kept."""
        if len(self._people) > _MOST_PEOPLE:
            self._people.clear()
        wanted = [name for name in names if name not in self._people]
        for part in batched(wanted):
            keys = {subject_key(name): name for name in part}
            self._people.update((name, []) for name in part)
            rows = connection.execute(
                sa.select(archived_record).where(
                    archived_record.c.site == self.site, archived_record.c.key.in_(keys)
                )
            )
            for row in rows:
                record = _record(bytes(row.key), row.value)
                self._people[keys[bytes(row.key)]].append((row.first, row.last, record))

    def subject(self, name: str | None, version: int) -> Subject | None:
        """The record of a person in a version; None: it has none, or none that can be read."""
        for first, last, record in self._people.get(name or "", ()):
            if first <= version and (last is None or version <= last):
                return record
        return None


def _record(key: bytes, value: bytes) -> Subject | None:
    try:
        return decode_subject(key[1:], value)
    except BundleRefused:
        return None
