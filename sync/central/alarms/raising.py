"""Takes what may be an alarm, in the transaction of whoever saw it; the alarms' loop makes alarms of it.

A cue costs one row, and its writers never wait for each other. Tell several at once by `raise_cues`.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sync.central.alarms.core import KINDS, AlarmKind, Cue, bounded, text_of
from sync.central.alarms.tables import alarm_cue


def raise_cue(connection: sa.Connection, cue: Cue, now: int) -> None:
    """Take one cue."""
    raise_cues(connection, (cue,), now)


def raise_cues(connection: sa.Connection, cues: Iterable[Cue], now: int) -> None:
    """Take cues, in one statement."""
    rows = [_row(bounded(cue), now) for cue in cues]
    if rows:
        connection.execute(sa.insert(alarm_cue), rows)


def end_cue(connection: sa.Connection, kind: AlarmKind, key: str, at: int, now: int) -> None:
    """Say that the cause of the alarm of this `kind` and `key` is gone since `at`, by the clock of who saw
    it. It may come before the cue that it ends.
    """
    gone = bounded(Cue(kind, None, None, key, at))
    connection.execute(sa.insert(alarm_cue), [_row(gone, now) | {"is_end": True, "key": text_of(key)}])


def _row(cue: Cue, now: int) -> dict[str, object]:
    return {
        "kind": cue.kind.value,
        "key": cue.key,
        "is_end": False,
        "severity": KINDS[cue.kind].severity.value,
        "site": cue.site,
        "place": cue.place,
        "device": cue.device,
        "subject": cue.subject,
        "at": min(cue.at, now),  # whatever a clock says: nothing is of tomorrow
        "until": min(cue.until, now),
        "times": cue.times,
        "identity": cue.identity,
        "evidence": [list(each) for each in cue.evidence],
        "values": dict(cue.values),
        "received_at": now,
        "due_at": now,
    }
