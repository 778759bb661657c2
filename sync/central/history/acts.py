"""What people do about history: hold, lift, and say how long something is kept. Each act is in the audit."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.audit.audit import About, Doer, note
from sync.central.history.core import Kept, RetentionRule
from sync.central.history.files import HistoryError
from sync.central.history.holds import NewHold, lift_hold, make_hold
from sync.central.history.rules import end_rule, set_rule
from sync.central.places.sight import Sight


def hold(connection: sa.Connection, actor: Doer, sight: Sight, wanted: NewHold, now: int) -> int:
    """Hold what somebody wants held; returns the hold's number. Raises GatepostError."""
    if not sight.has_site(connection, wanted.scope.site):
        raise HistoryError(
            phrase("there is no site %(site)r", site=wanted.scope.site),
            where=phrase("hold"),
            remedy=phrase("gatepost central site list"),
        )
    number = make_hold(connection, wanted, actor.name, now)
    about = About("hold", str(number), wanted.scope.site)
    detail = {"review_at": wanted.review_at, "of_a_person": wanted.scope.subject is not None}
    note(connection, actor, "hold_data", about, now, why=wanted.why, detail=detail)
    return number


def lift(connection: sa.Connection, actor: Doer, sight: Sight, number: int, why: str, now: int) -> None:
    """Lift a hold in sight. Raises GatepostError."""
    lifted = lift_hold(connection, sight, number, actor.name, why, now)
    note(connection, actor, "lift_hold", About("hold", str(number), lifted.scope.site), now, why=why)


def keep_for(connection: sa.Connection, actor: Doer, rule: RetentionRule, now: int) -> None:
    """Let a rule of retention hold. Raises GatepostError."""
    set_rule(connection, rule, actor.name, now)
    detail = {"days": rule.days, "place": rule.place}
    note(connection, actor, "set_retention", About("retention", rule.kind.value), now, detail=detail)


def keep_for_ever(connection: sa.Connection, actor: Doer, kind: Kept, place: int | None, now: int) -> None:
    """Take a rule of retention away. Raises GatepostError where there is none."""
    if not end_rule(connection, kind, place):
        raise HistoryError(
            phrase("there is no rule for %(kind)s there", kind=kind),
            remedy=phrase("gatepost central retention list"),
        )
    note(connection, actor, "end_retention", About("retention", kind.value), now, detail={"place": place})
