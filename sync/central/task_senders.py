"""Sends workers for alarms: each is a task, taken back where the alarm is over by itself."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.alarms.core import KINDS
from sync.central.alarms.rows import HeldAlarm
from sync.central.dispatch.core import Assignment
from sync.central.dispatch.tasks import open_task, take_back


class TaskSenders:
    """Opens a task for an alarm. Of a silent one nothing may leave the centre: somebody there decides."""

    def send(self, connection: sa.Connection, held: HeldAlarm, now: int) -> bool:
        about, life = held.about, held.life
        if about.site is None or KINDS[held.kind].is_silent:
            return False
        kind, since = held.kind.value, min(life.first_at, now)
        open_task(
            connection,
            Assignment(
                held.number, kind, about.site, about.device, about.subject, now, life.severity.value, since
            ),
            now,
        )
        return True

    def take_back(self, connection: sa.Connection, number: int, now: int) -> None:
        take_back(connection, number, now)
