"""Raises the alarm about files of history that are not what was written."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import raise_cues
from sync.central.history.verifying import FileDamage


def raise_damage(connection: sa.Connection, damaged: Iterable[FileDamage], now: int) -> None:
    """Take a cue for each file: the same file again adds to the alarm that there is."""
    raise_cues(connection, (_cue(each, now) for each in damaged), now)


def _cue(damage: FileDamage, now: int) -> Cue:
    file = damage.file
    values: dict[str, str | int] = {"file": damage.name, "what": damage.what}
    if file is not None:
        values["rows"] = file.rows
    return Cue(
        AlarmKind.HISTORY_DAMAGED,
        None if file is None else file.site,
        None,
        damage.name,
        now if file is None else file.last_at,
        values=values,
    )
