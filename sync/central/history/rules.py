"""The rules of retention, as they are kept: for how long which kind of data is, where."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.core import FEWEST_DAYS, MOST_DAYS, Kept, RetentionRule
from sync.central.history.files import HistoryError
from sync.central.history.tables import retention_rule
from sync.central.newer import word_of
from sync.central.store import insert_or_update


def set_rule(connection: sa.Connection, rule: RetentionRule, by: str, now: int) -> None:
    """Let a rule hold from now on in place of the one of the same kind and place. Raises HistoryError."""
    if not FEWEST_DAYS <= rule.days <= MOST_DAYS:
        raise HistoryError(
            phrase(
                "keeps %(kind)s for %(days)s days, expected %(least)s to %(most)s",
                kind=rule.kind,
                days=rule.days,
                least=FEWEST_DAYS,
                most=MOST_DAYS,
            ),
            where=phrase("retention"),
            remedy=phrase("name another number of days"),
        )
    insert = insert_or_update(connection.dialect.name, retention_rule)
    values = {"days": rule.days, "changed_by": by, "changed_at": now}
    row = {"kind": rule.kind.value, "place": rule.place, "of": _of(rule.kind, rule.place)} | values
    connection.execute(insert.on_conflict_do_update(index_elements=["of"], set_=values), row)


def end_rule(connection: sa.Connection, kind: Kept, place: int | None) -> bool:
    """Take a rule away; returns whether there was one."""
    those = retention_rule.c.of == _of(kind, place)
    return bool(connection.execute(sa.delete(retention_rule).where(those)).rowcount)


def rules_of(connection: sa.Connection) -> list[RetentionRule]:
    """Every rule."""
    of = retention_rule.c
    query = sa.select(of.kind, of.place, of.days).order_by(of.kind, of.place)
    return [
        RetentionRule(word_of(Kept, kind), place, days) for kind, place, days in connection.execute(query)
    ]


def _of(kind: Kept, place: int | None) -> str:
    return f"{kind.value} {'' if place is None else place}"
