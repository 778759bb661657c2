"""Sets right what is dated later than now: the centre's clock was ahead when that was written.

It counts as of now. Otherwise a cue would wait until the clock is there again, an alarm be over until then
and become no graver, and a gate that dies would not be missed. All gates are heard again soon: until they
had time to, none is dark.
"""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.alarms.core import AHEAD_BY
from sync.central.alarms.tables import alarm, alarm_cue
from sync.central.devices.core import PROBE_AGES_AFTER, SILENT_AFTER
from sync.central.reported.tables import probe
from sync.central.tables import device


def is_ahead(connection: sa.Connection, now: int) -> bool:
    """Whether anything is to be set right."""
    found = [sa.exists().where(those) for _, _, those in _dated(now)]
    return bool(connection.execute(sa.select(sa.or_(*found))).scalar_one())


def set_right(connection: sa.Connection, now: int) -> None:
    """Date it now."""
    for table, columns, those in _dated(now):
        values = {column: sa.case((column > now, now), else_=column) for column in columns}
        connection.execute(sa.update(table).where(those).values(values))


# --- inside --------------------------------------------------------------------------------

_Dated = tuple[sa.Table, tuple[sa.Column[int], ...], sa.ColumnElement[bool]]
_OF_CUES = (alarm_cue.c.received_at, alarm_cue.c.due_at, alarm_cue.c.at, alarm_cue.c.until)
_OF_ALARMS = (
    *(alarm.c.first_at, alarm.c.last_at, alarm.c.ended_at, alarm.c.raised_at, alarm.c.escalated_at),
    *(alarm.c.taken_at, alarm.c.sent_at),
)


def _dated(now: int) -> tuple[_Dated, ...]:
    """Tables with what is dated there, and which rows are later than now."""
    latest = now + AHEAD_BY
    is_late = sa.or_(*(column > latest for column in _OF_ALARMS))
    return (
        (device, (device.c.last_seen,), device.c.last_seen > now + SILENT_AFTER),
        (probe, (probe.c.arrived,), probe.c.arrived > now + PROBE_AGES_AFTER),
        (alarm_cue, _OF_CUES, alarm_cue.c.received_at > latest),
        (alarm, _OF_ALARMS, alarm.c.open_key.is_not(None) & is_late),
    )
