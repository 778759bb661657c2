"""Who can be sent where it is full: the open alarm, the task that goes on, and who is nearest on duty."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from sync.central.accounts.core import Act
from sync.central.alarms.core import AlarmKind
from sync.central.alarms.listing import ListedAlarm, Watcher, open_about
from sync.central.dispatch.reading import Task, task_of_alarm
from sync.central.dispatch.rosters import nearest_to, on_duty
from sync.central.flow.core import Where, WhereKind
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of
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
    """Who can be sent to a site; None for a zone or a place (somebody goes to one site), and for those who
    may not send.
    """
    care = visit.actor.sight(Act.CARE)
    if where.kind is not WhereKind.SITE or not care.has_site(connection, where.id):
        return None
    alarm = open_about(connection, Watcher(care, care), _KINDS, str(where))
    if alarm is None:
        return FlowHelp()
    task = task_of_alarm(connection, alarm.number)
    if task is not None:
        return FlowHelp(alarm, task)
    duty = on_duty(connection, EVERYWHERE, visit.zone, visit.now)
    for first in nearest_to(connection, where.id, duty, visit.now):
        way = path_of(connection, first.worker.place)
        return FlowHelp(alarm, None, (first.worker.name, way[-1].name if way else ""))
    return FlowHelp(alarm)
