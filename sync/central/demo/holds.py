"""What is held at a made-up centre, and how long things are kept there."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from sync.central.accounts.actor import Actor
from sync.central.demo.street import StreetSite
from sync.central.history.acts import hold, keep_for
from sync.central.history.core import Kept, RetentionRule, Scope
from sync.central.history.holds import NewHold
from sync.central.places.sight import EVERYWHERE
from sync.central.units import DAY, HOUR


def put_holds(connection: sa.Connection, boss: Actor, street: Sequence[StreetSite], now: int) -> None:
    """Hold a site's evening for a case, and let accesses and temperatures be kept for a time."""
    scope = Scope(street[2].file.id, since=now - 20 * HOUR, until=now - 14 * HOUR)
    wanted = NewHold("（2026）城东法民字第 17 号", scope, "法院调取当晚的通行记录", now + 60 * DAY)
    hold(connection, boss, EVERYWHERE, wanted, now - 2 * HOUR)
    for kind, days in ((Kept.ACCESSES, 400), (Kept.TEMPERATURES, 90)):
        keep_for(connection, boss, RetentionRule(kind, None, days), now - 3 * HOUR)
