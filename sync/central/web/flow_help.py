"""Who can be sent where it is full: the open alarm, the task that goes on, and who is nearest on duty."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from sync.central.accounts.core import Act
from sync.central.alarms.core import AlarmKind
from sync.central.alarms.listing import ListedAlarm, Watcher, open_about
from sync.central.dispatch.reading import Task, task_of_alarm
from sync.central.dispatch.rosters import nearest_to, on_duty
from sync.central.flow.core import Where, WhereKind
from sync.central.flow.tables import zone
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of
from sync.central.sending import bounds_of
from sync.central.tables import site
from sync.central.web.visit import Visit

_KINDS = (AlarmKind.LIMIT_STOPPED, AlarmKind.LIMIT_WARNED, AlarmKind.LIMIT_FORECAST)


@dataclass(frozen=True)
class FlowHelp:
    """What is known of somebody going there. `alarm`: the open one of its limits; `task`: what goes on for
    it; `nearest`: who would be sent, and the place that they are of. None: there is none.
    """

    alarm: ListedAlarm | None = None
    task: Task | None = None
    nearest: tuple[str, str] | None = None


def help_for(connection: Connection, visit: Visit, where: Where) -> FlowHelp | None:
    """Who can be sent there; None for a gate, and for those who may not send."""
    care = visit.actor.sight(Act.CARE)
    place = _place_of(connection, where)
    if place is None or not care.has_place(connection, place):
        return None
    alarm = open_about(connection, Watcher(care, care), _KINDS, str(where))
    if alarm is None:
        return FlowHelp()
    task = task_of_alarm(connection, alarm.number)
    if task is not None:
        return FlowHelp(alarm, task)
    duty = on_duty(connection, EVERYWHERE, visit.zone, visit.now)
    bounds = bounds_of(visit.services.dispatch)
    for first in nearest_to(connection, place, duty, bounds, visit.now):
        way = path_of(connection, first.worker.place)
        return FlowHelp(alarm, None, (first.worker.name, way[-1].name if way else ""))
    return FlowHelp(alarm)


def _place_of(connection: Connection, where: Where) -> int | None:
    """The place of a site or a zone, or the place itself."""
    if where.kind is WhereKind.PLACE:
        return int(where.id)
    if where.kind is WhereKind.ZONE:
        return connection.execute(select(zone.c.place).where(zone.c.number == int(where.id))).scalar()
    if where.kind is WhereKind.SITE:
        return connection.execute(select(site.c.place).where(site.c.id == where.id)).scalar()
    return None
