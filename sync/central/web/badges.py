"""How many things wait behind a line of the navigation, within what an actor may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.alarms.listing import open_count as open_alarm_count
from sync.central.alarms.listing import watcher_of
from sync.central.changes.appeals import open_count
from sync.central.changes.waiting import waiting_count
from sync.central.dispatch.reading import live_count
from sync.central.enrolments.requests import waiting_count as requested_count
from sync.central.places.sight import Sight
from sync.central.store import Store, StoreError
from sync.central.web.flow_figures import crowded_count

_Count = Callable[[sa.Connection, Sight, int], int]
_COUNTED: tuple[tuple[str, Act, _Count], ...] = (
    ("/dispatch", Act.CARE, lambda connection, sight, _: live_count(connection, sight)),
    ("/flow", Act.SEE, lambda connection, sight, _: crowded_count(connection, sight)),
    ("/approvals", Act.APPROVE, waiting_count),
    ("/appeals", Act.ANSWER_APPEAL, lambda connection, sight, _: open_count(connection, sight)),
    ("/enrolments", Act.CHANGE_PERSON, lambda connection, sight, _: requested_count(connection, sight)),
)


def badges_of(store: Store, actor: Actor, now: int) -> Mapping[str, int]:
    """The count of each page at which something waits; empty where the database does not answer."""
    wanted = [(path, act, count) for path, act, count in _COUNTED if actor.may(act)]
    if not wanted and not actor.may(Act.SEE):
        return {}
    try:
        with store.reading() as connection:
            found = {path: count(connection, actor.sight(act), now) for path, act, count in wanted}
            if actor.may(Act.SEE):
                found["/alarms"] = open_alarm_count(connection, watcher_of(actor), now)
            return found
    except StoreError:
        return {}
