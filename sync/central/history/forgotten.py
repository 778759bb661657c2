"""Whom files name still although they were erased: whoever reads them takes the names out."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.history.tables import history_erasure
from sync.central.tables import subject

_erasures = sa.table("erasure", *map(sa.column, ("number", "site", "subject", "at")))
_FOR_EVER = 2**63 - 1


@dataclass(frozen=True)
class Forgotten:
    """Whom no access at a site names, up to a time: somebody was erased, and may have been added again."""

    erasure: int
    site: str
    subject: str
    until: int


def still_to_erase(connection: sa.Connection) -> list[Forgotten]:
    """The erasures that did not reach the files yet; until then whoever reads them takes the names out."""
    query = (
        sa.select(_erasures.c.number, _erasures.c.site, _erasures.c.subject, _erasures.c.at, subject.c.id)
        .outerjoin(history_erasure, history_erasure.c.erasure == _erasures.c.number)
        .outerjoin(subject, (subject.c.site == _erasures.c.site) & (subject.c.id == _erasures.c.subject))
        .where(history_erasure.c.erasure.is_(None))
        .order_by(_erasures.c.number)
    )
    return [
        Forgotten(row.number, row.site, row.subject, _FOR_EVER if row.id is None else row.at)
        for row in connection.execute(query)
    ]


def is_forgotten(forgotten: list[Forgotten], site: str, subject_id: str | None, at: int) -> bool:
    """Whether an access may not say whose it was."""
    return any((each.site, each.subject) == (site, subject_id) and at <= each.until for each in forgotten)
