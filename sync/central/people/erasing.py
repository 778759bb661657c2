"""Erases a person from central's tables: each place where people are named, and what happens to it there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import sqlalchemy as sa

from edge.registry.format import subject_key
from sync.central.audit.audit import About, forget
from sync.central.tables import archived_erasure, archived_record, archived_version


class Fate(StrEnum):
    """What an erasure does with the rows of a table that name a person."""

    ERASED = "erased"
    BLANKED = "blanked"  # the row stays, without what was said of the person
    KEPT = "kept"


@dataclass(frozen=True)
class NamingTable:
    """A table that names people: in `column`, of the site in `site`.

    `column` "" is a table whose rows may name anybody of the site: all of them go. `blank` are the columns
    that are emptied, the name itself to NULL; `why` says why something is kept.
    """

    table: str
    column: str = "subject"
    site: str = "site"
    fate: Fate = Fate.ERASED
    blank: tuple[str, ...] = ()
    why: str = ""


HOLDINGS = (
    NamingTable("template"),
    NamingTable("status_change"),
    NamingTable("consent"),
    NamingTable("isolation_change"),
    NamingTable(
        "isolation_exit", fate=Fate.BLANKED, blank=("subject",), why="which gate let somebody out stays known"
    ),
    NamingTable("home_visit", fate=Fate.BLANKED, blank=("subject",), why="which visits were due stays known"),
    NamingTable("upload", column=""),
    NamingTable("enrolment_request"),
    NamingTable(
        "enrolment_request", column="alike", fate=Fate.BLANKED, blank=("alike",), why="it is about another"
    ),
    NamingTable(
        "access", fate=Fate.BLANKED, blank=("subject",), why="how many came when stays to be counted"
    ),
    NamingTable("alarm_cue"),
    NamingTable(
        "alarm", fate=Fate.BLANKED, blank=("subject",), why="that there was one, and what was done, stays"
    ),
    NamingTable(
        "task", fate=Fate.BLANKED, blank=("subject", "note"), why="who was sent where, and when, stays"
    ),
    NamingTable("visit"),
    NamingTable(
        "look", fate=Fate.BLANKED, blank=("reason",), why="who looked at which record stays to be audited"
    ),
    NamingTable(
        "invitation",
        column="host",
        fate=Fate.BLANKED,
        blank=("host",),
        why="its visits refer to it; it is dead",
    ),
    # After the link that makes them: a visit that is made by it at this moment is seen here.
    NamingTable(
        "visit", column="host", fate=Fate.BLANKED, blank=("host",), why="the visitor has a visit still"
    ),
    NamingTable("appeal_step", fate=Fate.BLANKED, blank=("subject", "text"), why="when what was done stays"),
    NamingTable("appeal", fate=Fate.BLANKED, blank=("subject", "question"), why="how it ended stays"),
    NamingTable(
        "pending_revocation", fate=Fate.KEPT, why="the gates are told whom to drop; then the row goes"
    ),
    NamingTable(
        "removal", column="name", fate=Fate.KEPT, why="until every gate has confirmed that they are gone"
    ),
    NamingTable(
        "legal_hold", fate=Fate.KEPT, why="nobody in it is erased; lifted, it says what was held and why"
    ),
    NamingTable("erasure", fate=Fate.KEPT, why="the receipt of an erasure names who was erased"),
    NamingTable("subject", column="id"),
)
"""Every table with a person in it, in the order in which their rows go: what refers to another goes first.

Besides, the archive of published versions marks that somebody was in them, and the audit takes its own words
out (`forget`): who did what and when stays there.
"""


def erase_rows(connection: sa.Connection, site: str, subject: str) -> dict[str, int]:
    """Erase a person from every table; returns how many rows of which table changed."""
    counts = Counter[str]()
    # By the tasks and alarms, while these name the person.
    counts["task_act"] = _erase_told(connection, site, subject)
    counts["alarm_step"] = _erase_reasons(connection, site, subject)
    for holding in HOLDINGS:
        table, key = _table(holding), _key(holding, site, subject)
        if holding.fate is Fate.ERASED:
            counts[holding.table] += connection.execute(sa.delete(table).where(key)).rowcount
        elif holding.fate is Fate.BLANKED:
            emptied = {name: None if name == holding.column else "" for name in holding.blank}
            counts[holding.table] += connection.execute(sa.update(table).where(key).values(emptied)).rowcount
    counts["employer_list"] = _erase_lists(connection, subject)
    counts["archived_record"] = _erase_archived(connection, site, subject)
    counts["audit_entry"] = forget(connection, About("subject", subject, site))
    return {name: count for name, count in counts.items() if count}


def tables_knowing(connection: sa.Connection, site: str, subject: str) -> tuple[str, ...]:
    """The tables that have something of a person which an erasure takes away."""
    found = tuple(holding.table for holding in HOLDINGS if _knows(connection, holding, site, subject))
    is_archived = sa.select(archived_record.c.first).where(_archived(site, subject)).limit(1)
    return (*found, archived_record.name) if connection.execute(is_archived).first() is not None else found


def _erase_lists(connection: sa.Connection, subject: str) -> int:
    """Erase the lists that wait of the employer that brought a person: one would bring them back."""
    brought = _WORKER.match(subject)
    if brought is None:
        return 0
    waits = (_LISTS.c.employer == int(brought[1])) & _LISTS.c.data.is_not(None)
    return connection.execute(sa.delete(_LISTS).where(waits)).rowcount


def _erase_told(connection: sa.Connection, site: str, subject: str) -> int:
    """Erase what workers wrote of tasks that led to a person; that they did them stays."""
    mine = (_TASKS.c.site == site) & (_TASKS.c.subject == subject)
    offers = sa.select(_OFFERS.c.number).join(_TASKS, _TASKS.c.number == _OFFERS.c.task).where(mine)
    told = _ACTS.c.offer.in_(offers) & (_ACTS.c.note != "")
    return connection.execute(sa.update(_ACTS).where(told).values(note="")).rowcount


def _erase_reasons(connection: sa.Connection, site: str, subject: str) -> int:
    """Erase what was said of alarms about a person, in the audit too; that somebody cared stays."""
    mine = (_ALARMS.c.site == site) & (_ALARMS.c.subject == subject)
    numbers = [*connection.execute(sa.select(_ALARMS.c.number).where(mine)).scalars()]
    for number in numbers:
        forget(connection, About("alarm", str(number), site))
    those = _STEPS.c.alarm.in_(sa.select(_ALARMS.c.number).where(mine)) & (_STEPS.c.why != "")
    return connection.execute(sa.update(_STEPS).where(those).values(why="")).rowcount


_ALARMS = sa.table("alarm", sa.column("number"), sa.column("site"), sa.column("subject"))
_STEPS = sa.table("alarm_step", sa.column("alarm"), sa.column("why"))
_TASKS = sa.table("task", sa.column("number"), sa.column("site"), sa.column("subject"))
_OFFERS = sa.table("task_offer", sa.column("number"), sa.column("task"))
_ACTS = sa.table("task_act", sa.column("offer"), sa.column("note"))
_WORKER = re.compile(r"w([0-9]{1,18})\.")  # as sync.central.visits.core.workers.id_of makes ids
_LISTS = sa.table("employer_list", sa.column("employer"), sa.column("data"))


def _erase_archived(connection: sa.Connection, site_id: str, identity: str) -> int:
    """Erase a subject from every archived version; a mark says in which somebody was, and not who."""
    key = _archived(site_id, identity)
    rows = connection.execute(sa.select(archived_record.c.first, archived_record.c.last).where(key)).all()
    if not rows:
        return 0
    newest = connection.execute(
        sa.select(sa.func.max(archived_version.c.version)).where(archived_version.c.site == site_id)
    ).scalar_one()
    # Records that were changed while they were known are one stay, not several people.
    stays = _stays_of([(row.first, newest if row.last is None else row.last) for row in rows])
    marks = [{"site": site_id, "first": first, "last": last} for first, last in stays]
    connection.execute(sa.insert(archived_erasure), marks)
    return connection.execute(sa.delete(archived_record).where(key)).rowcount


def _archived(site: str, subject: str) -> sa.ColumnElement[bool]:
    return (archived_record.c.site == site) & (archived_record.c.key == subject_key(subject))


def _stays_of(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The versions of `spans`, first and last, with those that follow on each other joined."""
    stays: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if stays and stays[-1][1] + 1 >= first:
            stays[-1] = (stays[-1][0], max(last, stays[-1][1]))
        else:
            stays.append((first, last))
    return stays


def _knows(connection: sa.Connection, holding: NamingTable, site: str, subject: str) -> bool:
    if holding.fate is Fate.KEPT or not holding.column:
        return False
    table, key = _table(holding), _key(holding, site, subject)
    for name in holding.blank:
        key &= table.c[name] != ""
    return (
        connection.execute(sa.select(sa.literal(1)).select_from(table).where(key).limit(1)).first()
        is not None
    )


@cache
def _table(holding: NamingTable) -> sa.TableClause:
    """The table by its name: its room may rest on this one, which therefore imports none of them."""
    names = {holding.site, holding.column or holding.site, *holding.blank}
    return sa.table(holding.table, *(sa.column(name) for name in sorted(names)))


def _key(holding: NamingTable, site: str, subject: str) -> sa.ColumnElement[bool]:
    table = _table(holding)
    key = table.c[holding.site] == site
    return key & (table.c[holding.column] == subject) if holding.column else key
