"""From an exit in a journal to one open alarm, by the alarms' own loop."""

from __future__ import annotations

import sqlalchemy as sa

from edge.decision import HomeIsolation, Outcome, Subject
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.tables import alarm
from sync.central.changes.core.change import PutSubject
from sync.central.changes.submitting import submit
from sync.central.configuration import ChangesSection
from sync.central.isolation.loop import HomeVisitLoop
from sync.central.store import Store
from sync.central.task_senders import TaskSenders
from sync.central.units import DAY, HOUR
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.isolation.test_recording import SITE, WHO, access, passed, sent
from tests.sync.wire.examples import AT


def test_who_tries_again_adds_to_one_alarm_and_an_overdue_visit_is_another(store: Store) -> None:
    order = HomeIsolation("CDC", instant(AT - DAY), instant(AT + 7 * DAY))
    with store.writing() as connection:
        put = [PutSubject(SITE, Subject(WHO, isolation=order))]
        submit(connection, command_line_actor("wang"), put, why="new", now=AT - HOUR, limits=ChangesSection())
    tried: list[Happened] = [access(Outcome.DENY, told=True), (60, access(Outcome.DENY, told=True))]
    sent(store, journal([*tried, (120, access(registry=1)), passed(3)]), AT + HOUR)
    now = [AT + HOUR]
    alarms, visits = (
        AlarmLoop(store, lambda: now[0], senders=TaskSenders()),
        HomeVisitLoop(store, lambda: now[0]),
    )
    visits.look()
    alarms.look()
    with store.reading() as connection:
        found = connection.execute(sa.select(alarm).where(alarm.c.kind == "isolation_exit")).all()
    assert [(row.times, row.subject, row.severity, row.closed_at) for row in found] == [(4, WHO, 1, None)]
    now[0] += 3 * DAY
    visits.look()
    alarms.look()
    with store.reading() as connection:
        overdue = connection.execute(sa.select(alarm).where(alarm.c.kind == "visit_overdue")).all()
    assert [(row.site, row.subject) for row in overdue] == [(SITE, WHO)] * len(overdue)
    assert overdue
