"""Takes those who are gone out of the changes that wait, or an approval would bring them back; and takes the
reasons away that were written of them alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa

from edge.support.decoding import json_of
from sync.central.accounts.actor import SYSTEM
from sync.central.audit.audit import About, forget, note
from sync.central.audit.tables import audit_entry
from sync.central.changes.core import Change, Marks, NewerChange, decoded, encoded, subject_of
from sync.central.changes.tables import change_part, change_set


def forget_in_waiting(connection: sa.Connection, site: str, gone: Collection[str], now: int) -> None:
    """Take the people `gone` from `site` out of every change set that waits: what it would do to them, and
    their names in what was held.

    Of the sets of that site, what only a newer version knows goes whole, and the audit says how much: it may
    name somebody as a key, within a text or by a digest, and nobody here can say that it does not. It can be
    asked for again; what is left of a person nobody would find.
    """
    if not gone:
        return
    parts = sa.select(change_part.c.change_set).where(change_part.c.site == site)
    query = (
        sa.select(change_set.c.number, change_set.c.content, change_set.c.basis)
        .where(change_set.c.number.in_(parts), change_set.c.content.is_not(None))
        # A set may be about several sites, and others erase there at the same time: they take turns here.
        .order_by(change_set.c.number)
        .with_for_update()
    )
    for row in connection.execute(query).all():
        changes = decoded(row.content)
        kept = [item for item in changes if not _may_name(item, site, gone)]
        if len(kept) < len(changes):
            values = {"content": encoded(kept), "basis": _without(row.basis, site, gone)}
            connection.execute(
                sa.update(change_set).where(change_set.c.number == row.number).values(**values)
            )
        if not kept:
            _forget_reasons(connection, site, row.number)
        if newer := sum(isinstance(item, NewerChange) for item in changes):
            about = About("change_set", str(row.number), site)
            note(connection, SYSTEM, "drop_newer_changes", about, now, detail={"changes": newer})


def forget_reasons_about(connection: sa.Connection, site: str, subject: str) -> None:
    """Take away why sets were asked for and decided that changed nobody but this person: the words may tell
    of them. It is called before the audit forgets which those were.
    """
    about = (audit_entry.c.kind == "subject") & (audit_entry.c.id == subject) & (audit_entry.c.site == site)
    told = connection.execute(sa.select(audit_entry.c.detail).where(about)).scalars()
    sets = {
        number for detail in told if (number := json_of(detail.encode(), dict[str, Any]).get("change_set"))
    }
    for number in sorted(sets):
        size = sa.select(sa.func.sum(change_part.c.count)).where(change_part.c.change_set == number)
        if connection.execute(size).scalar_one() == 1:
            _forget_reasons(connection, site, number)


def _may_name(item: Change | NewerChange, site: str, people: Collection[str]) -> bool:
    """Whether a change of a set of `site` may be about one of these people there."""
    return isinstance(item, NewerChange) or (item.site == site and subject_of(item) in people)


def _forget_reasons(connection: sa.Connection, site: str, number: int) -> None:
    decided = sa.case((change_set.c.decided_why.is_not(None), ""))
    values = {"why": "", "decided_why": decided}
    connection.execute(sa.update(change_set).where(change_set.c.number == number).values(**values))
    forget(connection, About("change_set", str(number), site))


def _without(basis: bytes, site: str, gone: Collection[str]) -> bytes:
    """What was held when it was asked for, without those who are gone."""
    marks = json_of(basis, dict[str, Marks])
    marks[site] = {name: mark for name, mark in marks.get(site, {}).items() if name not in gone}
    return msgspec.json.encode(marks)
