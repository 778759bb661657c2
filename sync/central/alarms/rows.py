"""Alarms and cues as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind, AlarmLife, Cue, Evidence, Severity, Signal, StepKind
from sync.central.alarms.rules import Where
from sync.central.alarms.tables import alarm, alarm_step
from sync.central.newer import number_of, word_of

Key = tuple[AlarmKind, str]
MANY = "* "
"""With this begins the key of the alarm that says that there are more of a kind than are shown one by one."""


@dataclass(frozen=True)
class AlarmAbout:
    """What alarms are about: where, of which gate and whom."""

    site: str | None
    place: int | None
    device: str | None
    subject: str | None

    @property
    def where(self) -> Where:
        return (self.site, None if self.site is not None else self.place)


@dataclass(frozen=True)
class HeldAlarm:
    """An alarm that is kept, and its number."""

    number: int
    kind: AlarmKind
    key: str
    about: AlarmAbout
    life: AlarmLife


def held_of(row: sa.Row[Any]) -> HeldAlarm:
    """The alarm in a row."""
    life = AlarmLife(
        number_of(Severity, row.severity),
        row.first_at,
        row.last_at,
        row.times,
        tuple((at, identity) for at, identity in row.seen),
        row.raised_at,
        evidence_of(row.evidence),
        row._mapping["values"],  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
        row.ended_at,
        row.taken_by,
        row.taken_at,
        row.snoozed_until,
        row.sent_at,
        row.escalated_at,
        row.closed_by,
        row.closed_at,
    )
    about = AlarmAbout(row.site, row.place, row.device, row.subject)
    return HeldAlarm(row.number, word_of(AlarmKind, row.kind), row.key, about, life)


def evidence_of(told: Iterable[Iterable[int]]) -> Evidence:
    """Evidence as a column has it."""
    return tuple((chain, sequence) for chain, sequence in told)


def signal_of(cue: Cue) -> Signal:
    """A cue as the life of an alarm takes it."""
    return Signal(cue.at, False, cue.until, cue.times, cue.identity, cue.evidence, cue.values)


def insert_alarm(
    connection: sa.Connection, key: Key, about: AlarmAbout, rule: int | None, life: AlarmLife, now: int
) -> int:
    """Keep a new alarm; returns its number."""
    fixed = {
        "kind": key[0].value,
        "key": key[1],
        "site": about.site,
        "place": about.place,
        "device": about.device,
        "subject": about.subject,
        "rule": rule,
    }
    made = connection.execute(sa.insert(alarm).values(fixed | _columns(key, life, now)))
    [number] = made.inserted_primary_key or [0]
    return int(number)


def update_alarm(connection: sa.Connection, held: HeldAlarm, life: AlarmLife, now: int) -> None:
    """Keep what became of an alarm."""
    values = _columns((held.kind, held.key), life, now)
    connection.execute(sa.update(alarm).where(alarm.c.number == held.number).values(values))


def insert_steps(
    connection: sa.Connection,
    number: int,
    steps: Iterable[StepKind],
    now: int,
    by: str = "",
    why: str = "",
    values: Mapping[str, object] | None = None,
) -> None:
    """Keep what was done, or became, of an alarm."""
    rows = [
        {"alarm": number, "what": step.value, "at": now, "by": by, "why": why, "values": dict(values or {})}
        for step in steps
    ]
    if rows:
        connection.execute(sa.insert(alarm_step), rows)


def _columns(key: Key, life: AlarmLife, now: int) -> dict[str, object]:
    return {
        "open_key": f"{key[0].value} {key[1]}" if life.is_open else None,
        "severity": life.severity.value,
        "first_at": life.first_at,
        "last_at": life.last_at,
        "times": life.times,
        "evidence": [list(each) for each in life.evidence],
        "values": dict(life.values),
        "seen": [list(each) for each in life.seen],
        "raised_at": life.raised_at,
        "changed_at": now,
        "ended_at": life.ended_at,
        "taken_by": life.taken_by,
        "taken_at": life.taken_at,
        "snoozed_until": life.snoozed_until,
        "sent_at": life.sent_at,
        "escalated_at": life.escalated_at,
        "closed_by": life.closed_by,
        "closed_at": life.closed_at,
    }
