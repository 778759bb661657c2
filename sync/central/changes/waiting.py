"""Reads what waits for a second person, and what became of it: only where all of it is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import Subject
from edge.support.decoding import json_of
from edge.support.phrases import phrase
from sync.central.changes.core import (
    Change,
    ChangeSetState,
    Marks,
    NewerChange,
    PutPolicy,
    WaitingGround,
    decoded,
    marks_of,
    seen_mark,
    subject_of,
)
from sync.central.changes.policies import kept_policy
from sync.central.changes.tables import change_part, change_set
from sync.central.documents import document_of
from sync.central.newer import word_of
from sync.central.newer_needed import OfNewerVersion
from sync.central.people.subjects import held_subjects
from sync.central.places.sight import Sight
from sync.central.store import StoreError


@dataclass(frozen=True)
class ChangeSet:
    """A change set: who asked, why, why it waits, what became of it. `counts` are by site and kind."""

    number: int
    state: ChangeSetState
    account: int | None
    actor: str
    why: str
    asked_at: int
    grounds: tuple[WaitingGround, ...]
    lapses_at: int | None
    decided_by: str
    decided_at: int | None
    decided_why: str
    left_out: int
    counts: tuple[tuple[str, str, int], ...]

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(site for site, _, _ in self.counts))

    @property
    def is_policy(self) -> bool:
        return any(kind == "put_policy" for _, kind, _ in self.counts)

    @property
    def size(self) -> int:
        return sum(count for _, _, count in self.counts)


@dataclass(frozen=True)
class Examined:
    """What a set that waits would do now. `moved` are the numbers of the changes about people who were
    changed since it was asked for; `seen` is the mark of all this, by which an approval says what it saw.
    """

    changes: tuple[Change, ...]
    held: dict[tuple[str, str], Subject]
    moved: frozenset[int]
    seen: str


def change_sets(
    connection: sa.Connection,
    sight: Sight,
    *,
    waiting: bool,
    now: int,
    before: int | None = None,
    count: int = 50,
) -> list[ChangeSet]:
    """The sets in sight that wait, or those that a second person decided or that lapsed; newest first."""
    waits = (change_set.c.state == ChangeSetState.WAITING) & (change_set.c.lapses_at > now)
    query = sa.select(change_set).where(
        waits if waiting else ~waits, change_set.c.lapses_at.is_not(None), _in_sight(sight)
    )
    if before is not None:
        query = query.where(change_set.c.number < before)
    rows = connection.execute(query.order_by(change_set.c.number.desc()).limit(count)).all()
    return [_read(connection, row, now) for row in rows]


def waiting_count(connection: sa.Connection, sight: Sight, now: int) -> int:
    """How many sets in sight wait at `now`."""
    query = sa.select(sa.func.count()).select_from(change_set)
    conditions = (
        change_set.c.state == ChangeSetState.WAITING,
        change_set.c.lapses_at > now,
        _in_sight(sight),
    )
    return int(connection.execute(query.where(*conditions)).scalar_one())


def change_set_at(connection: sa.Connection, sight: Sight, number: int, now: int) -> ChangeSet | None:
    """The set `number`, if there is one and all of it is in sight."""
    query = sa.select(change_set).where(change_set.c.number == number, _in_sight(sight))
    row = connection.execute(query).first()
    return None if row is None else _read(connection, row, now)


def examined(connection: sa.Connection, number: int) -> Examined:
    """What the set `number`, which waits, would do now. Raises StoreError if it does not wait, OfNewerVersion
    where only a newer version knows what it would do.
    """
    query = sa.select(change_set.c.content, change_set.c.basis).where(change_set.c.number == number)
    row = connection.execute(query).first()
    if row is None or row.content is None:
        raise StoreError(
            phrase("change %(number)s does not wait any more", number=number),
            remedy=phrase("its page says what became of it"),
        )
    changes = _known(number, decoded(row.content))
    basis = json_of(row.basis, dict[str, Marks])
    held: dict[tuple[str, str], Subject] = {}
    marks, policies = {}, []
    for site in sorted({item.site for item in changes}):
        of_site = [item for item in changes if item.site == site]
        records = held_subjects(connection, site, {subject_of(item) for item in of_site} - {""})
        held.update({(site, name): record for name, record in records.items()})
        marks[site] = marks_of(of_site, records)
        if any(isinstance(item, PutPolicy) for item in of_site):
            policy = kept_policy(connection, site)
            policies.append(f"{site} {0 if policy is None else policy.number}")
    moved = frozenset(
        at
        for at, item in enumerate(changes, 1)
        if subject_of(item)
        and marks[item.site][subject_of(item)] != basis.get(item.site, {}).get(subject_of(item))
    )
    return Examined(changes, held, moved, seen_mark(bytes(row.content), marks, ",".join(policies)))


# --- inside ----------------------------------------------------------------------------------


def _known(number: int, changes: tuple[Change | NewerChange, ...]) -> tuple[Change, ...]:
    known = tuple(item for item in changes if not isinstance(item, NewerChange))
    if len(known) < len(changes):
        raise OfNewerVersion(phrase("change %(number)s", number=number))
    return known


def _in_sight(sight: Sight) -> sa.ColumnElement[bool]:
    """Whether a set has a part, and none of its parts is out of sight."""
    parts = sa.select(sa.literal(1)).where(change_part.c.change_set == change_set.c.number)
    return parts.exists() & ~parts.where(~sight.of(change_part.c.site)).exists()


def _read(connection: sa.Connection, row: sa.Row[Any], now: int) -> ChangeSet:
    is_over = row.state == ChangeSetState.WAITING and row.lapses_at <= now  # noted within a minute
    query = sa.select(change_part).where(change_part.c.change_set == row.number)
    parts: Sequence[Any] = connection.execute(query.order_by(change_part.c.site, change_part.c.kind)).all()
    return ChangeSet(
        row.number,
        ChangeSetState.LAPSED if is_over else word_of(ChangeSetState, row.state),
        row.account,
        row.actor,
        row.why,
        row.asked_at,
        document_of(row.grounds, tuple[WaitingGround, ...]),
        row.lapses_at,
        row.decided_by or "",
        row.decided_at,
        row.decided_why or "",
        row.left_out or 0,
        tuple((part.site, part.kind, part.count) for part in parts),
    )
