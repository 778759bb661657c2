"""At which sites somebody is the same person, by the records that the sites have of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from edge.decision import Subject, is_visitor
from edge.support.decoding import Undecodable, json_of
from sync.central.batched import batched
from sync.central.people.core import is_one_person
from sync.central.tables import site, subject

Person = tuple[str, str]
"""Somebody as a gate names them: a site, and an id there."""
_AT_ONCE = 500


def known_at(connection: sa.Connection, people: Collection[Person]) -> Mapping[Person, frozenset[str]]:
    """The sites at which each of these people is the same person: their own, and those whose record under the
    same id is of the same (`is_one_person`), or of the same as one of these. A visitor's pass is of one site;
    of whom there is no record nobody knows who they are elsewhere.
    """
    ids = {identity for _, identity in people if not is_visitor(identity)}
    records: dict[str, dict[str, Subject]] = defaultdict(dict)
    for part in batched(sorted(ids), _AT_ONCE):
        # By the table's key: of an id alone there is no index.
        those = subject.c.site.in_(sa.select(site.c.id)) & subject.c.id.in_(part)
        for row in connection.execute(sa.select(subject.c.site, subject.c.record).where(those)):
            held = _read(row.record)
            if held is not None:
                records[held.id][row.site] = held
    return {(own, identity): _same(own, records.get(identity, {})) for own, identity in people}


def _same(own: str, records: Mapping[str, Subject]) -> frozenset[str]:
    found = {own}
    while own in records:
        more = {
            name
            for name, other in records.items()
            if name not in found and any(is_one_person(records[each], other) for each in found)
        }
        if not more:
            break
        found |= more
    return frozenset(found)


def _read(record: bytes) -> Subject | None:
    try:
        return json_of(record, Subject)
    except Undecodable:
        return None
