"""Opens home visits that are due as tasks for workers, tells those that are overdue, ends the others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import end_cue, raise_cue
from sync.central.audit.audit import About, note
from sync.central.dispatch.core import Assignment
from sync.central.dispatch.tables import task, worker
from sync.central.dispatch.tasks import close_task, open_task
from sync.central.isolation.core import SHIPPED, DueVisit, Occasion, VisitRule, visits_of
from sync.central.isolation.isolated import holds_after
from sync.central.isolation.tables import home_visit, home_visit_rule
from sync.central.newer import is_known, word_of
from sync.central.places.core import LEVELS, Level
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place, place_within
from sync.central.store import StoreError, insert_or_update, insert_unless_there
from sync.central.tables import site, subject
from sync.central.units import DAY

KIND = "isolation_visit"
"""What the task of a home visit is called."""
_SEVERITY = 3
_FORGIVEN = 2 * DAY
"""A visit that was due so long ago when the centre first looks is not asked for any more."""
MOST_AT_ONCE = 200
"""Visits that are opened or ended in one transaction: others write besides."""
_ENDED_WITH_ORDER = "not due any more"


@dataclass(frozen=True)
class HomeVisit:
    """A home visit: why, from when on and until when, and what came of it, by which worker. Times are
    microseconds since 1970 UTC; `subject` is None where they were erased.
    """

    number: int
    site: str
    subject: str | None
    occasion: Occasion
    opens_at: int
    due_at: int
    task: int
    state: str
    worker: str | None
    outcome: str
    note: str
    ended_at: int | None

    def is_overdue(self, now: int) -> bool:
        return self.ended_at is None and self.due_at < now


@dataclass(frozen=True)
class RuleAt:
    """The rule of a place."""

    place: int
    rule: VisitRule
    changed_at: int
    changed_by: str


@dataclass(frozen=True)
class Plan:
    """What is to be done: the visits to `open`, with site and person, and the numbers of those to `end`."""

    open: tuple[tuple[str, str, DueVisit], ...] = ()
    end: tuple[int, ...] = ()


def plan_visits(connection: sa.Connection, now: int) -> Plan:
    """Which visits are due and not open yet, and which of those that are open are not due any more, since the
    order was lifted or changed, or the person erased. Nothing is changed.
    """
    rules = _rules_by_site(connection)
    due = {
        (row.site, row.id): visits_of(row.isolated_since, row.isolated_until, rules.get(row.site, SHIPPED))
        for row in connection.execute(_ISOLATED.where(holds_after(now), subject.c.isolated_since <= now))
    }
    names = (home_visit.c.site, home_visit.c.subject, home_visit.c.occasion, home_visit.c.due_at)
    recent = sa.select(*names).where(home_visit.c.due_at > now - _FORGIVEN)
    known = {tuple(row) for row in connection.execute(recent)}
    to_open = (
        (at, who, each)
        for (at, who), visits in due.items()
        for each in visits
        if each.opens_at <= now < each.due_at + _FORGIVEN
        and (at, who, each.occasion.value, each.due_at) not in known
    )
    wanted = {(*key, each.occasion.value, each.due_at) for key, visits in due.items() for each in visits}
    to_end = (
        row.number
        for row in connection.execute(_OPEN)
        if (row.site, row.subject, row.occasion, row.due_at) not in wanted
        # else a newer version knows
        and (is_known(Occasion, row.occasion) or (row.site, row.subject) not in due)
    )
    return Plan(tuple(islice(to_open, MOST_AT_ONCE)), tuple(islice(to_end, MOST_AT_ONCE)))


def carry_out(connection: sa.Connection, plan: Plan, now: int) -> int:
    """Do what was planned, as far as another process has not; returns how many visits were opened."""
    for row in connection.execute(_OPEN.where(home_visit.c.number.in_(plan.end))).mappings().all():
        _end(connection, dict(row), now)
    return sum(_open(connection, at, who, each, now) for at, who, each in plan.open)


def tell_overdue(connection: sa.Connection, now: int) -> int:
    """Raise an alarm of each visit that is overdue, once, and end it when the visit is done; returns how many
    were raised.
    """
    for row in connection.execute(_DONE).all():
        mine = sa.update(home_visit).where(home_visit.c.number == row.number, home_visit.c.ended_at.is_(None))
        is_ours = connection.execute(mine.values(ended_at=row.task_ended)).rowcount
        if is_ours and row.overdue_at is not None:
            end_cue(connection, AlarmKind.VISIT_OVERDUE, _key(row.number), row.task_ended, now)
    raised = 0
    untold = home_visit.c.ended_at.is_(None) & home_visit.c.overdue_at.is_(None)
    late = sa.select(home_visit).where(untold, home_visit.c.due_at < now).limit(MOST_AT_ONCE)
    for row in connection.execute(late).all():
        mine = sa.update(home_visit).where(home_visit.c.number == row.number, untold)
        if connection.execute(mine.values(overdue_at=now)).rowcount:
            kind = AlarmKind.VISIT_OVERDUE
            raise_cue(connection, Cue(kind, row.site, None, _key(row.number), row.due_at, row.subject), now)
            raised += 1
    return raised


def home_visits(
    connection: sa.Connection,
    sight: Sight,
    *,
    subject_at: tuple[str, str] | None = None,
    number: int | None = None,
    only_open: bool = False,
    count: int = 100,
) -> list[HomeVisit]:
    """The home visits in sight: the open ones first, by when they are due, then the newest; of one person
    (site and id), or the one with a number, where that is given.
    """
    query = _VISITS.where(sight.of(home_visit.c.site))
    if number is not None:
        query = query.where(home_visit.c.number == number)
    if subject_at is not None:
        query = query.where(home_visit.c.site == subject_at[0], home_visit.c.subject == subject_at[1])
    if only_open:
        query = query.where(_ENDED.is_(None))
    open_first = (_ENDED.is_not(None), sa.case((_ENDED.is_(None), home_visit.c.due_at)), _ENDED.desc())
    rows = connection.execute(query.order_by(*open_first, home_visit.c.number.desc()).limit(count))
    return [_visit(row) for row in rows]


def visit_done(
    connection: sa.Connection, actor: Actor, sight: Sight, number: int, outcome: str, said: str, now: int
) -> HomeVisit:
    """Take down at the centre what came of a visit. Raises StoreError."""
    this = _VISITS.where(home_visit.c.number == number)
    row = connection.execute(this.where(sight.of(home_visit.c.site))).first()
    if row is None:
        raise StoreError(
            phrase("there is no home visit %(number)s", number=number),
            remedy=phrase("the page Isolation lists them"),
        )
    close_task(connection, sight, row.task, outcome, said, now)
    about = About("home_visit", str(number), row.site)
    note(connection, actor, "end_home_visit", about, now, detail={"outcome": outcome})
    tell_overdue(connection, now)
    return _visit(connection.execute(this).one())


def rules_of(connection: sa.Connection, sight: Sight) -> list[RuleAt]:
    """The rules of the places in sight."""
    query = sa.select(home_visit_rule).where(sight.of_place(home_visit_rule.c.place))
    return [
        RuleAt(row.place, _rule(row), row.changed_at, row.changed_by)
        for row in connection.execute(query.order_by(home_visit_rule.c.place))
    ]


def set_rule(
    connection: sa.Connection,
    actor: Actor,
    sight: Sight,
    place_number: int,
    rule: VisitRule,
    why: str,
    now: int,
) -> None:
    """Have people in isolation visited by this rule within a place. Raises StoreError."""
    if not sight.has_place(connection, place_number):
        raise StoreError(
            phrase("there is no place %(number)s", number=place_number),
            remedy=phrase("gatepost central place list"),
        )
    if fault := rule.fault():
        raise StoreError(fault, remedy=phrase("nothing was changed"))
    said = {"at_begin": rule.at_begin, "every": rule.every, "at_end": rule.at_end, "within": rule.within}
    values = {"place": place_number, **said, "changed_at": now, "changed_by": actor.name}
    insert = insert_or_update(connection.dialect.name, home_visit_rule)
    new = {name: insert.excluded[name] for name in values if name != "place"}
    connection.execute(insert.on_conflict_do_update(index_elements=["place"], set_=new), values)
    about = About("place", str(place_number), place=place_number)
    note(connection, actor, "set_visit_rule", about, now, why=why, detail=said)


# --- inside --------------------------------------------------------------------------------

_ISOLATED = sa.select(subject.c.site, subject.c.id, subject.c.isolated_since, subject.c.isolated_until)
_ENDED = sa.func.coalesce(home_visit.c.ended_at, task.c.ended_at)
_WITH_TASK = home_visit.join(task, task.c.number == home_visit.c.task)
_OPEN = sa.select(home_visit).select_from(_WITH_TASK).where(_ENDED.is_(None))
_DONE = (
    sa.select(home_visit.c.number, home_visit.c.overdue_at, task.c.ended_at.label("task_ended"))
    .select_from(_WITH_TASK)
    .where(home_visit.c.ended_at.is_(None), task.c.ended_at.is_not(None))
)
_VISITS = sa.select(
    home_visit,
    task.c.state,
    task.c.outcome,
    task.c.note,
    worker.c.name.label("worker"),
    _ENDED.label("over_at"),
).select_from(_WITH_TASK.outerjoin(worker, worker.c.number == task.c.worker))


def _key(number: int) -> str:
    return f"visit {number}"


def _open(connection: sa.Connection, at: str, who: str, visit: DueVisit, now: int) -> bool:
    """Open a visit and its task, unless another process was faster."""
    values = {"site": at, "subject": who, "occasion": visit.occasion.value, "task": 0}
    values |= {"opens_at": visit.opens_at, "due_at": visit.due_at}
    made = connection.execute(insert_unless_there(connection, home_visit, "number"), values).first()
    if made is None:
        return False
    number = open_task(connection, Assignment(None, KIND, at, None, who, visit.due_at, _SEVERITY), now)
    mine = sa.update(home_visit).where(home_visit.c.number == made.number)
    connection.execute(mine.values(task=number))
    return True


def _end(connection: sa.Connection, row: dict[str, Any], now: int) -> None:
    """End a visit that is not due any more."""
    close_task(connection, EVERYWHERE, row["task"], "other", _ENDED_WITH_ORDER, now)
    mine = sa.update(home_visit).where(home_visit.c.number == row["number"])
    connection.execute(mine.values(ended_at=now))
    if row["overdue_at"] is not None:
        end_cue(connection, AlarmKind.VISIT_OVERDUE, _key(row["number"]), now, now)


def _rules_by_site(connection: sa.Connection) -> dict[str, VisitRule]:
    """The rule of each site that has one, or lies in a place that has: the nearest."""
    query = (
        sa.select(site.c.id, place.c.level, home_visit_rule)
        .join(place_within, place_within.c.place == site.c.place)
        .join(home_visit_rule, home_visit_rule.c.place == place_within.c.ancestor)
        .join(place, place.c.number == home_visit_rule.c.place)
    )
    rows = sorted(connection.execute(query).all(), key=lambda row: LEVELS.index(Level(row.level)))
    return {row.id: _rule(row) for row in rows}


def _rule(row: sa.Row[Any]) -> VisitRule:
    return VisitRule(bool(row.at_begin), row.every, bool(row.at_end), row.within)


def _visit(row: sa.Row[Any]) -> HomeVisit:
    return HomeVisit(
        row.number,
        row.site,
        row.subject,
        word_of(Occasion, row.occasion),
        row.opens_at,
        row.due_at,
        row.task,
        row.state,
        row.worker,
        row.outcome,
        row.note,
        row.over_at,
    )
