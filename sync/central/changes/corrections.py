"""Notes in an appeal what was done about it; a correction is noted when it is applied."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.changes.core import AppealStage, AppealState, after
from sync.central.changes.tables import appeal, appeal_step
from sync.central.newer import word_of


def note_step(
    connection: sa.Connection,
    number: int,
    step: AppealStage,
    actor: str,
    now: int,
    *,
    text: str = "",
    change_set: int | None = None,
) -> None:
    """Record a step of the appeal `number`, and the state that follows from it."""
    row = connection.execute(sa.select(appeal).where(appeal.c.number == number)).one()
    state = after(word_of(AppealState, row.state), step)
    values = {
        "appeal": number,
        "site": row.site,
        "subject": row.subject,
        "kind": step.value,
        "actor": actor,
        "text": text,
        "change_set": change_set,
        "at": now,
    }
    connection.execute(sa.insert(appeal_step).values(**values))
    settled = {"state": state.value, "settled_at": now if state.is_settled else None}
    connection.execute(sa.update(appeal).where(appeal.c.number == number).values(**settled))


def note_correction(
    connection: sa.Connection, site: str, subject: str, number: int, change_set: int, actor: str, now: int
) -> None:
    """Record that the status an appeal was about is corrected; nothing where it is about somebody else."""
    where = (appeal.c.number == number) & (appeal.c.site == site) & (appeal.c.subject == subject)
    if connection.execute(sa.select(appeal.c.number).where(where)).first() is not None:
        note_step(connection, number, AppealStage.CORRECTED, actor, now, change_set=change_set)
