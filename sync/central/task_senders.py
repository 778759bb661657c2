"""Sends workers for alarms: each is a task, taken back where the alarm is over by itself."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.alarms.core import KINDS
from sync.central.alarms.rows import HeldAlarm
from sync.central.dispatch.core import Assignment
from sync.central.dispatch.tasks import open_task, take_back
from sync.central.dispatch.whereabouts import Whereabouts, find_site


class TaskSenders:
    """Opens a task for an alarm at a site, or in a place: a zone's alarm is in the place of the zone. Of a
    silent one nothing may leave the centre: somebody there decides. One of the centre itself is nowhere, and
    a place may have no site any more: nobody is sent, and the alarm is raised all the same.
    """

    def send(self, connection: sa.Connection, held: HeldAlarm, now: int) -> bool:
        about, life = held.about, held.life
        where = Whereabouts(about.site, about.place)
        if KINDS[held.kind].is_silent or find_site(connection, where) is None:
            return False
        kind, since = held.kind.value, min(life.first_at, now)
        what = (kind, about.site, about.device, about.subject)
        wanted = Assignment(held.number, *what, now, life.severity.value, since, about.place)
        open_task(connection, wanted, now)
        return True

    def take_back(self, connection: sa.Connection, number: int, now: int) -> None:
        take_back(connection, number, now)
