"""Sends workers for alarms: each is a task, taken back where the alarm is over by itself."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.alarms.core import KINDS
from sync.central.alarms.rows import HeldAlarm
from sync.central.dispatch.core import Assignment
from sync.central.dispatch.tasks import open_task, take_back


class TaskSenders:
    """Opens a task for an alarm at a site, or in a place: a zone's alarm is in the place of the zone. Of a
    silent one nothing may leave the centre: somebody there decides; and one of the centre itself is nowhere.
    """

    def send(self, connection: sa.Connection, held: HeldAlarm, now: int) -> bool:
        about, life = held.about, held.life
        nowhere = about.site is None and about.place is None
        if nowhere or KINDS[held.kind].is_silent:
            return False
        kind, since = held.kind.value, min(life.first_at, now)
        what = (kind, about.site, about.device, about.subject)
        wanted = Assignment(held.number, *what, now, life.severity.value, since, about.place)
        open_task(connection, wanted, now)
        return True

    def take_back(self, connection: sa.Connection, number: int, now: int) -> None:
        take_back(connection, number, now)
