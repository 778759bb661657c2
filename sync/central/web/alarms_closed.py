"""Closes the alarm of a task that was done, with what was done."""

from __future__ import annotations

from sqlalchemy import Connection

from sync.central.accounts.actor import Actor
from sync.central.alarms.caring import close_alarm
from sync.central.store import StoreError


def close_for_task(
    connection: Connection, actor: Actor, alarm: int | None, outcome: str, said: str, now: int
) -> None:
    """Close the alarm for which somebody was sent; nothing where it is closed already, or there was none."""
    if alarm is None:
        return
    try:
        close_alarm(connection, actor, alarm, f"{outcome}: {said}" if said else outcome, now)
    except StoreError as error:
        if error.__cause__ is not None:
            raise
