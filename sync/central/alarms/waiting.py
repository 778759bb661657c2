"""What waits to become alarms: what was told, by its kind and key."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind, Cue, Signal, bounded
from sync.central.alarms.rows import AlarmAbout, Key, evidence_of, signal_of
from sync.central.alarms.tables import alarm_cue
from sync.central.batched import batched

AT_ONCE = 2000
"""So many cues are looked at in one round."""


@dataclass
class SignalGroup:
    """What is told of one kind and key: the rows in which it waits, and what they say."""

    key: Key
    about: AlarmAbout
    signals: list[Signal] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    last: int = 0


@dataclass(frozen=True)
class CauseGone:
    """That the cause of an alarm is gone since `at`."""

    kind: AlarmKind
    key: str
    at: int


def has_due(connection: sa.Connection, now: int) -> bool:
    """Whether a cue waits to be looked at."""
    query = sa.select(alarm_cue.c.number).where(alarm_cue.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def waiting(connection: sa.Connection, now: int) -> tuple[dict[Key, SignalGroup], bool]:
    """What is due, the grave kinds first, with what waits of the same; and whether there is more."""
    due = (
        sa.select(alarm_cue)
        .where(alarm_cue.c.due_at <= now, alarm_cue.c.kind.in_([*AlarmKind]))
        .order_by(alarm_cue.c.severity, alarm_cue.c.due_at)
        .limit(AT_ONCE)
    )
    rows = connection.execute(due).all()
    groups: dict[Key, SignalGroup] = {}
    for row in rows:
        _put_row(groups, row)
    named = [group.key for group in groups.values()]
    for some in batched(named):
        keys = [(kind.value, key) for kind, key in some]
        those = sa.tuple_(alarm_cue.c.kind, alarm_cue.c.key).in_(keys) & (alarm_cue.c.due_at > now)
        for row in connection.execute(sa.select(alarm_cue).where(those)).all():
            _put_row(groups, row)
    return groups, len(rows) == AT_ONCE


def put(groups: dict[Key, SignalGroup], each: Cue | CauseGone) -> None:
    """Add what the loop has seen itself, of which no row waits."""
    if isinstance(each, CauseGone):
        key = (each.kind, each.key)
        group = groups.setdefault(key, SignalGroup(key, _NOWHERE))
        group.signals.append(Signal(each.at, is_end=True))
        return
    cue = bounded(each)
    group = groups.setdefault((cue.kind, cue.key), SignalGroup((cue.kind, cue.key), _NOWHERE))
    group.about = AlarmAbout(cue.site, cue.place, cue.device, cue.subject)
    group.signals.append(signal_of(cue))


# --- inside --------------------------------------------------------------------------------

_NOWHERE = AlarmAbout(None, None, None, None)


def _put_row(groups: dict[Key, SignalGroup], row: sa.Row[tuple[object, ...]]) -> None:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    key = (AlarmKind(held["kind"]), held["key"])
    about = AlarmAbout(held["site"], held["place"], held["device"], held["subject"])
    group = groups.setdefault(key, SignalGroup(key, about))
    if group.about.where == (None, None) and not held["is_end"]:
        group.about = about
    group.rows.append(held["number"])
    group.last = max(group.last, held["received_at"])
    if held["is_end"]:
        group.ends.append(held["number"])
        group.signals.append(Signal(held["at"], is_end=True))
    else:
        told = (held["until"], held["times"], held["identity"], evidence_of(held["evidence"]), held["values"])
        group.signals.append(Signal(held["at"], False, *told))
