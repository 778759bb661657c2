"""What people do about alarms: take, put off, close; each act is by name, a step of the alarm, and in the
audit.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.alarms.core import AlarmLife, NotAllowed, StepKind, close, send, snooze, take
from sync.central.alarms.listing import ListedAlarm, Watcher, alarm_at
from sync.central.alarms.rows import HeldAlarm, held_of, insert_steps, update_alarm
from sync.central.alarms.rules import RulesInForce
from sync.central.alarms.tables import alarm
from sync.central.audit.audit import About, note
from sync.central.store import StoreError
from sync.central.units import MINUTE, SECOND

LONGEST_WHY = 300


def take_alarm(connection: sa.Connection, actor: Actor, number: int, now: int) -> ListedAlarm:
    """Care for an alarm. Raises StoreError."""
    held = _held(connection, actor, number)
    _keep(connection, actor, held, StepKind.TAKEN, lambda: take(held.life, actor.name, now), now)
    note(connection, actor, "take_alarm", _about(held), now)
    return _again(connection, actor, number)


def snooze_alarm(
    connection: sa.Connection, actor: Actor, number: int, minutes: int, why: str, now: int
) -> ListedAlarm:
    """Put an alarm off, as long as its rule lets at most, and say why. Raises StoreError."""
    held, reason = _held(connection, actor, number), _reason(why)
    longest = RulesInForce(connection).rule(held.kind, held.about.where, now).settings.snooze_most * SECOND
    until = now + min(minutes, 2**31) * MINUTE
    _keep(
        connection,
        actor,
        held,
        StepKind.SNOOZED,
        lambda: snooze(held.life, until, longest, now),
        now,
        reason,
        minutes=minutes,
    )
    note(connection, actor, "snooze_alarm", _about(held), now, why=reason, detail={"minutes": minutes})
    return _again(connection, actor, number)


def close_alarm(connection: sa.Connection, actor: Actor, number: int, why: str, now: int) -> ListedAlarm:
    """Close an alarm, and say what was done. Raises StoreError."""
    held, reason = _held(connection, actor, number), _reason(why)
    _keep(connection, actor, held, StepKind.CLOSED, lambda: close(held.life, actor.name, now), now, reason)
    note(connection, actor, "close_alarm", _about(held), now, why=reason)
    return _again(connection, actor, number)


def held_alarm(connection: sa.Connection, actor: Actor, number: int) -> HeldAlarm:
    """An alarm that somebody is to be sent for. Raises StoreError."""
    return _held(connection, actor, number)


def alarm_sent(connection: sa.Connection, actor: Actor, number: int, now: int) -> ListedAlarm:
    """Note that somebody was sent for an alarm. Raises StoreError."""
    held = _held(connection, actor, number)
    _keep(connection, actor, held, StepKind.SENT, lambda: send(held.life, now), now)
    note(connection, actor, "send_for_alarm", _about(held), now)
    return _again(connection, actor, number)


# --- inside --------------------------------------------------------------------------------


def _held(connection: sa.Connection, actor: Actor, number: int) -> HeldAlarm:
    """The alarm, locked. Raises StoreError where the actor may not care for it."""
    sight = actor.sight(Act.CARE)
    if abs(number) >> 62 or alarm_at(connection, Watcher(sight, sight), number) is None:
        raise StoreError(
            phrase("there is no alarm %(number)s", number=number),
            remedy=phrase("gatepost central alarm list"),
        )
    query = sa.select(alarm).where(alarm.c.number == number).with_for_update()
    return held_of(connection.execute(query).one())


def _again(connection: sa.Connection, actor: Actor, number: int) -> ListedAlarm:
    sight = actor.sight(Act.CARE)
    found = alarm_at(connection, Watcher(sight, sight), number)
    if found is None:
        raise StoreError(phrase("there is no alarm %(number)s", number=number))
    return found


def _reason(why: str) -> str:
    reason = why.strip().replace("\0", "")
    if not reason or len(reason) > LONGEST_WHY:
        raise StoreError(
            phrase(
                "the reason has %(count)s characters, expected 1 to %(longest)s",
                count=len(reason),
                longest=LONGEST_WHY,
            ),
            remedy=phrase("say what was found and done"),
        )
    return reason


def _keep(
    connection: sa.Connection,
    actor: Actor,
    held: HeldAlarm,
    step: StepKind,
    act: Callable[[], AlarmLife],
    now: int,
    why: str = "",
    **values: int,
) -> None:
    try:
        life = act()
    except NotAllowed as refused:
        raise refused.retold(StoreError, where=phrase("alarm %(number)s", number=held.number)) from None
    update_alarm(connection, held, life, now)
    insert_steps(connection, held.number, (step,), now, actor.name, why, values)


def _about(held: HeldAlarm) -> About:
    return About("alarm", str(held.number), held.about.site, held.about.where[1])
