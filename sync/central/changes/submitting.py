"""The one way in which anybody changes people or policies: at once, or when a second person has approved.

A page, an import, the API or the command line makes a list of values, and submits it in the transaction in
which it looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from edge.decision import Subject
from edge.support.phrases import code, phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, forget, note
from sync.central.changes.applying import AtSite, Names, apply_at_site, at_sites, note_parts
from sync.central.changes.core import (
    MOST_CHANGES,
    Alone,
    Change,
    ChangeSetState,
    Counted,
    EraseSubject,
    PutPolicy,
    PutSubject,
    PutTemplates,
    RevokeSubject,
    SetIsolation,
    SetStatus,
    WaitingGround,
    done_alone,
    encoded,
    grounds,
    kind_of,
    marks_of,
    subject_of,
)
from sync.central.changes.tables import change_set, lone_change
from sync.central.configuration import ChangesSection
from sync.central.newer import word_of
from sync.central.people.core import lacks_end
from sync.central.store import StoreError, insert_or_update
from sync.central.tables import subject
from sync.central.units import HOUR

LONGEST_WHY = 500
MOST_NOTED = 50
"""Changes of one set up to which each has an entry of its own in the audit; of more, each site has one."""
MOST_WAITING = 20
"""Changes of one account that wait: nobody fills the queue, or the database, for the others."""

_ACTS: Final[Mapping[type, tuple[Act, ...]]] = {
    PutSubject: (Act.CHANGE_PERSON, Act.IMPORT),
    PutTemplates: (Act.CHANGE_PERSON, Act.IMPORT),
    SetStatus: (Act.SET_STATUS,),
    SetIsolation: (Act.CHANGE_PERSON,),
    EraseSubject: (Act.CHANGE_PERSON,),
    RevokeSubject: (Act.CHANGE_PERSON,),
    PutPolicy: (Act.CHANGE_POLICY,),
}
"""By which of their acts somebody may make each kind of change."""


@dataclass(frozen=True)
class Applied:
    """The change set `number` is done, in this transaction."""

    number: int


@dataclass(frozen=True)
class WaitingSet:
    """The change set `number` waits for a second person, until `lapses_at`; nothing was changed."""

    number: int
    lapses_at: int
    grounds: tuple[WaitingGround, ...]


def submit(
    connection: sa.Connection,
    actor: Actor,
    changes: Sequence[Change],
    *,
    why: str,
    now: int,
    limits: ChangesSection,
) -> Applied | WaitingSet:
    """Apply `changes`, and note it in the audit; or keep them until a second person approves.

    Raises StoreError where `actor` may not change that, or it cannot be: then nothing is done.
    """
    changes, why = tuple(changes), checked_why(why)
    _check(connection, actor, changes)
    _check_ends(changes, limits)
    items = at_sites(connection, changes)
    _check_records(connection, actor, items)
    alone = {item.site: done_alone(item.site, item.changes, item.held, item.made) for item in items}
    since = now - int(limits.window_hours * HOUR)
    found = tuple(
        ground
        for item in items
        for ground in grounds(
            item.site, item.changes, alone[item.site], _counted(connection, item.site, since), limits
        )
    )
    if found:
        return _keep(connection, actor, items, found, why, now, limits)
    number = _insert(connection, actor, why, now, ChangeSetState.APPLIED)
    note_parts(connection, number, items)
    for item in items:
        apply_at_site(connection, item, number, Names(actor.name, "", why), now)
        _note_alone(connection, item.site, alone[item.site], now)
    connection.execute(sa.delete(lone_change).where(lone_change.c.at <= since))
    note_changes(connection, actor, items, number, why, now)
    forget_erased(connection, items)
    return Applied(number)


def would_wait(
    connection: sa.Connection, changes: Sequence[Change], *, now: int, limits: ChangesSection
) -> tuple[WaitingGround, ...]:
    """Why `changes` would wait for a second person if they were submitted now; empty if they would not.

    Raises StoreError where they cannot be.
    """
    since = now - int(limits.window_hours * HOUR)
    return tuple(
        ground
        for item in at_sites(connection, changes)
        for ground in grounds(
            item.site,
            item.changes,
            done_alone(item.site, item.changes, item.held, item.made),
            _counted(connection, item.site, since),
            limits,
        )
    )


def note_changes(
    connection: sa.Connection, actor: Actor, items: Sequence[AtSite], number: int, why: str, now: int
) -> None:
    """Note in the audit what was changed: each change, or of many the counts at each site."""
    detail: dict[str, object] = {"change_set": number}
    if sum(len(item.changes) for item in items) <= MOST_NOTED:
        for change in [change for item in items for change in item.changes]:
            note(connection, actor, kind_of(change), _about(change), now, why=why, detail=detail)
        return
    for item in items:
        about = About("change_set", str(number), item.site)
        note(connection, actor, "change_many", about, now, why=why, detail=detail | dict(item.counts()))


def forget_erased(connection: sa.Connection, items: Sequence[AtSite]) -> None:
    """Take those who were erased out of the audit's words: that somebody was, and by whom, stays."""
    for item in items:
        for change in item.changes:
            if isinstance(change, EraseSubject):
                forget(connection, _about(change))


def checked_why(why: str) -> str:
    """The reason without blanks around it. Raises StoreError if there is none, or it is too long."""
    why = why.strip()
    if not why:
        raise StoreError(phrase("no reason given: each change is kept with one"), remedy=phrase("say why"))
    if len(why) > LONGEST_WHY:
        raise StoreError(
            phrase(
                "the reason has %(count)s characters, at most %(longest)s",
                count=len(why),
                longest=LONGEST_WHY,
            )
        )
    return why


# --- inside ----------------------------------------------------------------------------------


def _check(connection: sa.Connection, actor: Actor, changes: Sequence[Change]) -> None:
    if not changes:
        raise StoreError(phrase("there is nothing to change"))
    if len(changes) > MOST_CHANGES:
        raise StoreError(
            phrase("%(count)s changes at once, at most %(most)s", count=len(changes), most=MOST_CHANGES),
            remedy=phrase("cut them into several"),
        )
    if len(changes) > 1 and any(isinstance(item, PutPolicy) for item in changes):
        raise StoreError(
            phrase("a policy is changed on its own"), remedy=phrase("submit it apart from the rest")
        )
    for kind, site in sorted({(type(item), item.site) for item in changes}, key=str):
        _check_may(connection, actor, kind, site)


def _check_may(connection: sa.Connection, actor: Actor, kind: type, site: str) -> None:
    allowed = [act for act in _ACTS[kind] if actor.may(act)]
    if not allowed:
        raise StoreError(
            phrase(
                "%(actor)s may not do this: %(kind)s",
                actor=actor.name,
                kind=code(kind_of_type(kind)),
            ),
            where=site,
        )
    if not any(actor.sight(act).has_site(connection, site) for act in allowed):
        raise StoreError(
            phrase("there is no site %(site)r", site=site), remedy=phrase("gatepost central site set")
        )


def _check_records(connection: sa.Connection, actor: Actor, items: Sequence[AtSite]) -> None:
    """Raises StoreError where a record brings a status or an isolation that `actor` may not set by itself:
    a token may do less than its account.
    """
    for item in items:
        put = [change.record for change in item.changes if isinstance(change, PutSubject)]
        pairs = [(item.held.get(record.id, Subject(record.id)), record) for record in put]
        if any(before.status != record.status for before, record in pairs):
            _check_may(connection, actor, SetStatus, item.site)
        if any(before.isolation != record.isolation for before, record in pairs):
            _check_may(connection, actor, SetIsolation, item.site)


def _check_ends(changes: Sequence[Change], limits: ChangesSection) -> None:
    """Raises StoreError where somebody would be in a group whose people have an end, without one."""
    endless = [
        item.record.id
        for item in changes
        if isinstance(item, PutSubject) and lacks_end(item.record, limits.must_end)
    ]
    if endless:
        named = ", ".join(endless[:5]) + (" …" if len(endless) > 5 else "")
        raise StoreError(
            phrase(
                "%(count)s people have no valid_until, and are in a group whose people need one: %(named)s",
                count=len(endless),
                named=named,
            ),
            remedy=phrase(
                "give each an end; [changes] must_end is %(must_end)s", must_end=", ".join(limits.must_end)
            ),
        )


def kind_of_type(kind: type) -> str:
    """The name of a kind of change."""
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def _counted(connection: sa.Connection, site: str, since: int) -> Counted:
    fresh = sa.func.count(sa.case((subject.c.changed_at > since, 1)))
    people, lately = connection.execute(
        sa.select(sa.func.count(), fresh).select_from(subject).where(subject.c.site == site)
    ).one()
    rows = connection.execute(
        sa.select(lone_change.c.what, lone_change.c.mark).where(
            lone_change.c.site == site, lone_change.c.at > since
        )
    )
    found: dict[Alone, set[bytes]] = {}
    for row in rows:
        found.setdefault(word_of(Alone, row.what), set()).add(bytes(row.mark))
    return Counted(people, {what: frozenset(marks) for what, marks in found.items()}, lately)


def _note_alone(
    connection: sa.Connection, site: str, alone: Mapping[Alone, frozenset[bytes]], now: int
) -> None:
    rows = [
        {"site": site, "what": what.value, "mark": mark, "at": now}
        for what, marks in alone.items()
        for mark in sorted(marks)
    ]
    if rows:
        insert = insert_or_update(connection.dialect.name, lone_change)
        keys = ["site", "what", "mark"]
        connection.execute(
            insert.on_conflict_do_update(index_elements=keys, set_={"at": insert.excluded.at}), rows
        )


def _keep(
    connection: sa.Connection,
    actor: Actor,
    items: tuple[AtSite, ...],
    found: tuple[WaitingGround, ...],
    why: str,
    now: int,
    limits: ChangesSection,
) -> WaitingSet:
    mine = change_set.c.account.is_not_distinct_from(actor.account) & (change_set.c.lapses_at > now)
    waiting = sa.select(sa.func.count()).where(change_set.c.state == ChangeSetState.WAITING, mine)
    if connection.execute(waiting).scalar_one() >= MOST_WAITING:
        raise StoreError(
            phrase("%(most)s changes of yours wait already", most=MOST_WAITING),
            remedy=phrase("have some of them decided first, or withdraw them"),
        )
    lapses = now + int(limits.lapse_hours * HOUR)
    number = _insert(
        connection,
        actor,
        why,
        now,
        ChangeSetState.WAITING,
        grounds=msgspec.to_builtins(found),
        lapses_at=lapses,
        content=encoded([change for item in items for change in item.changes]),
        basis=msgspec.json.encode({item.site: marks_of(item.changes, item.held) for item in items}),
    )
    note_parts(connection, number, items)
    for item in items:
        about = About("change_set", str(number), item.site)
        note(connection, actor, "ask_change", about, now, why=why, detail=dict(item.counts()))
    return WaitingSet(number, lapses, found)


def _insert(
    connection: sa.Connection, actor: Actor, why: str, now: int, state: ChangeSetState, **more: object
) -> int:
    values: dict[str, object] = {
        "state": state.value,
        "account": actor.account,
        "actor": actor.name,
        "why": why,
        "asked_at": now,
        "grounds": [],
        **more,
    }
    made = connection.execute(sa.insert(change_set).values(**values).returning(change_set.c.number))
    return int(made.scalar_one())


def _about(change: Change) -> About:
    if isinstance(change, PutPolicy):
        return About("policy", change.site, change.site)
    return About("subject", subject_of(change), change.site)
