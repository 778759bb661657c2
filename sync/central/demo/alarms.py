"""What of a whole street's day needs somebody: made by a real centre's loop, and partly cared for."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accounts.actor import Actor
from sync.central.alarms.caring import snooze_alarm, take_alarm
from sync.central.alarms.core import AlarmKind
from sync.central.alarms.listing import AlarmFilters, alarms_in, watcher_of
from sync.central.alarms.loop import AlarmLoop
from sync.central.store import Store
from sync.central.units import MINUTE


def put_alarms(store: Store, who: Actor, now: int) -> None:
    """Make the alarms of what is stored; somebody has taken one, and put another off."""
    AlarmLoop(store, lambda: now).look()
    with store.writing() as connection:
        for kind in (AlarmKind.PROBE_FAILED, AlarmKind.JOURNAL_GAP):
            for number in _numbers(connection, who, kind)[:1]:
                take_alarm(connection, who, number, now - 4 * MINUTE)
                if kind is AlarmKind.JOURNAL_GAP:
                    snooze_alarm(connection, who, number, 60, "正在补传", now - 3 * MINUTE)


def _numbers(connection: sa.Connection, who: Actor, kind: AlarmKind) -> list[int]:
    return [each.number for each in alarms_in(connection, watcher_of(who), AlarmFilters(kind=kind))]
