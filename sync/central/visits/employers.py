"""Stores employers and their lists, and takes a list in by the one way of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from edge.decision import Subject
from edge.signing.cose import instant
from edge.support.decoding import json_of
from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.batched import batched
from sync.central.changes.applying import hold_sites
from sync.central.changes.core import PutSubject
from sync.central.changes.submitting import Applied, WaitingSet, submit
from sync.central.configuration import ChangesSection
from sync.central.imports.core import ProblemKind, SaidProblem
from sync.central.imports.reading import PeopleList
from sync.central.people.subjects import time_zone_of
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import subject
from sync.central.units import DAY
from sync.central.visits.core import Terms, WorkerFault, WorkShift, id_of, worker_of
from sync.central.visits.tables import employer, employer_list
from sync.central.visits.visits import new_token, token_digest

MOST_BYTES = 4 * 1024 * 1024
MOST_WAITING = 5
"""Lists of one employer that wait for the registrar: its link is not a way to fill the disk."""
LONGEST = 366 * DAY
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Employer:
    """An employer at a site, with its shifts; nobody whom it brings is here after `until`."""

    number: int
    site: str
    name: str
    shifts: tuple[WorkShift, ...]
    until: int
    has_link: bool

    @property
    def terms(self) -> Terms:
        return Terms(self.number, {shift.name for shift in self.shifts}, instant(self.until))


@dataclass(frozen=True)
class ListHead:
    """A list that an employer sent: how many people, how many rows are wrong, and whether it is decided."""

    number: int
    employer: int
    name: str
    at: int
    by: str
    people: int
    wrong: int
    decided_at: int | None
    decided_by: str | None
    change_set: int | None


@dataclass(frozen=True)
class PlannedList:
    """What a list would do: the people as they would be registered, and what is wrong with which row."""

    rows: int
    people: tuple[Subject, ...]
    problems: tuple[SaidProblem, ...]


def make_employer(
    connection: sa.Connection,
    actor: Actor,
    site: str,
    name: str,
    shifts: Sequence[WorkShift],
    until: int,
    now: int,
) -> int:
    """Register an employer at a site; returns its number. Raises StoreError."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise StoreError(
            phrase(
                "an employer's name has 1 to %(longest)s characters that can be seen", longest=_LONGEST_NAME
            )
        )
    if not now < until <= now + LONGEST:
        raise StoreError(
            phrase("an employer's end lies within a year, and not in the past"), remedy=phrase("name a day")
        )
    for fault in filter(None, (shift.fault() for shift in shifts)):
        raise StoreError(fault, remedy=phrase("nobody was registered"))
    if len({shift.name for shift in shifts}) < len(shifts):
        raise StoreError(phrase("two shifts have one name"), remedy=phrase("nobody was registered"))
    time_zone_of(connection, site)
    values = {
        "site": site,
        "name": name,
        "shifts": msgspec.to_builtins(tuple(shifts)),
        "until": until,
        "made_at": now,
        "made_by": actor.name,
    }
    number: int = connection.execute(
        sa.insert(employer).values(values).returning(employer.c.number)
    ).scalar_one()
    note(connection, actor, "make_employer", About("employer", str(number), site), now)
    return number


def give_link(connection: sa.Connection, actor: Actor, held: Employer, now: int) -> str:
    """Give an employer a link by which it sends lists, in place of an earlier one; it is told once."""
    token = new_token()
    connection.execute(
        sa.update(employer).where(employer.c.number == held.number).values(token=token_digest(token))
    )
    note(connection, actor, "give_employer_link", About("employer", str(held.number), held.site), now)
    return token


def employers(connection: sa.Connection, sight: Sight, count: int = 200) -> list[Employer]:
    """The employers of the sites in sight, the newest first."""
    query = sa.select(employer).where(sight.of(employer.c.site)).order_by(employer.c.number.desc())
    return [_employer(row) for row in connection.execute(query.limit(count))]


def employer_at(connection: sa.Connection, sight: Sight, number: int) -> Employer | None:
    """The employer with this number, in sight."""
    return _first(connection, employer.c.number == number, sight.of(employer.c.site))


def employer_of_token(connection: sa.Connection, token: str, now: int) -> Employer | None:
    """The employer whose link has this token, while it is there."""
    return _first(connection, employer.c.token == token_digest(token), employer.c.until > now)


def zone_of_lists(connection: sa.Connection, held: Employer) -> ZoneInfo:
    """In which zone a list of this employer is read. Raises StoreError where no more of them may wait."""
    waiting = (employer_list.c.employer == held.number) & employer_list.c.decided_at.is_(None)
    query = sa.select(sa.func.count()).select_from(employer_list).where(waiting)
    count = connection.execute(query).scalar_one()
    if count >= MOST_WAITING:
        raise StoreError(
            phrase("%(count)s lists wait already", count=count),
            remedy=phrase("ask the registrar to decide them first"),
        )
    return ZoneInfo(time_zone_of(connection, held.site))


def plan_list(connection: sa.Connection, held: Employer, name: str, read: PeopleList) -> PlannedList:
    """What a list would do that was `read`; nothing is changed."""
    known = _known(connection, held, [item.record.id for item in read.incoming])
    people, problems = [], list(read.problems)
    for item in read.incoming:
        shifts = item.record.groups if "groups" in item.fields else ()
        try:
            identity = id_of(held.number, item.record.id)
            people.append(worker_of(held.terms, item.record, shifts, known.get(identity)))
        except WorkerFault as fault:
            line, what = read.lines[item.record.id], str(fault)
            wrong = SaidProblem(name, line, fault.column, "", "", ProblemKind.OTHER, what, said=fault.said)
            problems.append(wrong)
    return PlannedList(read.rows, tuple(people), tuple(sorted(problems, key=lambda each: each.line)))


def keep_list(
    connection: sa.Connection,
    actor: Actor,
    held: Employer,
    name: str,
    data: bytes,
    read: PeopleList,
    now: int,
) -> tuple[int, PlannedList]:
    """Keep a list until a registrar decides; nobody is registered yet. Raises StoreError.

    `read` is what `data` says, read outside of this transaction: a workbook takes seconds.
    """
    zone_of_lists(connection, held)
    planned = plan_list(connection, held, name, read)
    values = {
        "employer": held.number,
        "name": name[-_LONGEST_NAME:],
        "data": data,
        "at": now,
        "by": actor.name,
        "people": len(planned.people),
        "wrong": len({problem.line for problem in planned.problems}),
    }
    made = connection.execute(sa.insert(employer_list).values(values).returning(employer_list.c.number))
    number: int = made.scalar_one()
    about, detail = About("employer_list", str(number), held.site), {"people": len(planned.people)}
    note(connection, actor, "send_employer_list", about, now, detail=detail)
    return number, planned


def lists_of(connection: sa.Connection, held: Employer, count: int = 50) -> list[ListHead]:
    """The lists of an employer, the newest first."""
    query = sa.select(*_HEAD).where(employer_list.c.employer == held.number)
    rows = connection.execute(query.order_by(employer_list.c.number.desc()).limit(count))
    return [ListHead(*row) for row in rows]


def list_at(
    connection: sa.Connection, sight: Sight, number: int
) -> tuple[Employer, ListHead, bytes | None] | None:
    """The list with this number, in sight, with its employer and the file, where it is kept still."""
    query = (
        sa.select(*_HEAD, employer_list.c.data)
        .join(employer, employer.c.number == employer_list.c.employer)
        .where(employer_list.c.number == number, sight.of(employer.c.site))
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    held = _first(connection, employer.c.number == row.employer)
    assert held is not None  # noqa: S101 - the list refers to it
    return held, ListHead(*row[:-1]), row.data


def take_list(
    connection: sa.Connection,
    actor: Actor,
    sight: Sight,
    number: int,
    read: PeopleList,
    now: int,
    limits: ChangesSection,
) -> Applied | WaitingSet:
    """Register the people of a list, its wrong rows excepted; or have them wait for a second person.

    `read` is what its data says, read outside of this transaction: it stays the same until it is decided.
    Raises StoreError where it is decided already, or names nobody.
    """
    held, head = _undecided(connection, sight, number)
    planned = plan_list(connection, held, head.name, read)
    if not planned.people:
        raise StoreError(
            phrase("this list names nobody who can be registered"), remedy=phrase("put it aside")
        )
    changes = [PutSubject(held.site, person) for person in planned.people]
    why = f"list {number} of employer {held.number}"
    made = submit(connection, actor, changes, why=why, now=now, limits=limits)
    _decide(connection, number, actor, now, made.number)
    return made


def decided_already(number: int) -> StoreError:
    """What stands against deciding a list again, or reading it: its file is gone."""
    return StoreError(
        phrase("list %(number)s is decided already", number=number), remedy=phrase("nothing was changed")
    )


def put_aside(connection: sa.Connection, actor: Actor, sight: Sight, number: int, now: int) -> None:
    """Decide that nobody of a list is registered by it. Raises StoreError where it is decided already."""
    held, _ = _undecided(connection, sight, number)
    _decide(connection, number, actor, now, None)
    note(connection, actor, "put_list_aside", About("employer_list", str(number), held.site), now)


# --- inside --------------------------------------------------------------------------------

_HEAD = tuple(employer_list.c[name] for name in ListHead.__dataclass_fields__)


def _undecided(connection: sa.Connection, sight: Sight, number: int) -> tuple[Employer, ListHead]:
    found = list_at(connection, sight, number)
    if found is None:
        raise StoreError(
            phrase("there is no list %(number)s", number=number),
            remedy=phrase("the page of employers has them"),
        )
    held, head, _ = found
    # Two who decide at once take turns: the second finds it decided.
    hold_sites(connection, [held.site])
    undecided = employer_list.c.decided_at.is_(None) & employer_list.c.data.is_not(None)
    query = sa.select(employer_list.c.number).where(employer_list.c.number == number, undecided)
    if connection.execute(query).first() is None:
        raise decided_already(number)
    return held, head


def _decide(connection: sa.Connection, number: int, actor: Actor, now: int, change_set: int | None) -> None:
    """The file goes: it names people, and is not needed any more."""
    values = {"decided_at": now, "decided_by": actor.name, "change_set": change_set, "data": None}
    connection.execute(sa.update(employer_list).where(employer_list.c.number == number).values(values))


def _first(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Employer | None:
    row = connection.execute(sa.select(employer).where(*where)).first()
    return None if row is None else _employer(row)


def _employer(row: sa.Row[tuple[object, ...]]) -> Employer:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    shifts = msgspec.convert(held["shifts"], tuple[WorkShift, ...])
    return Employer(
        held["number"], held["site"], held["name"], shifts, held["until"], held["token"] is not None
    )


def _known(connection: sa.Connection, held: Employer, numbers: Iterable[str]) -> dict[str, Subject]:
    wanted = [id_of(held.number, number) for number in numbers]
    found = {}
    for some in batched(wanted):
        those = (subject.c.site == held.site) & subject.c.id.in_(some)
        query = sa.select(subject.c.id, subject.c.record).where(those)
        found.update({row.id: json_of(row.record, Subject) for row in connection.execute(query)})
    return found
