"""How many things wait behind a line of the navigation, within what an actor may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from edge.decision import Crowding
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.alarms.listing import open_count as open_alarm_count
from sync.central.alarms.listing import uncared_count, watcher_of
from sync.central.changes.appeals import open_count
from sync.central.changes.waiting import waiting_count
from sync.central.dispatch.reading import live_count
from sync.central.enrolments.requests import waiting_count as requested_count
from sync.central.places.sight import Sight
from sync.central.store import Store, StoreError
from sync.central.web.flow_bars import crowded_now

_Count = Callable[[sa.Connection, Sight, int], int]
_COUNTED: tuple[tuple[str, Act, _Count], ...] = (
    ("/dispatch", Act.CARE, lambda connection, sight, _: live_count(connection, sight)),
    ("/approvals", Act.APPROVE, waiting_count),
    ("/appeals", Act.ANSWER_APPEAL, lambda connection, sight, _: open_count(connection, sight)),
    ("/enrolments", Act.CHANGE_PERSON, lambda connection, sight, _: requested_count(connection, sight)),
)


@dataclass(frozen=True)
class Badge:
    """How many things wait at a page, and whether somebody is needed now."""

    count: int
    is_urgent: bool = False


def badges_of(store: Store, actor: Actor, now: int) -> Mapping[str, Badge]:
    """What waits at each page at which something does; empty where the database does not answer."""
    wanted = [(path, act, count) for path, act, count in _COUNTED if actor.may(act)]
    if not wanted and not actor.may(Act.SEE):
        return {}
    try:
        with store.reading() as connection:
            found = {path: Badge(count(connection, actor.sight(act), now)) for path, act, count in wanted}
            if actor.may(Act.SEE):
                found |= {"/alarms": _of_alarms(connection, actor, now), "/flow": _of_flow(connection, actor)}
            return {path: badge for path, badge in found.items() if badge.count}
    except StoreError:
        return {}


def _of_alarms(connection: sa.Connection, actor: Actor, now: int) -> Badge:
    watcher = watcher_of(actor)
    count = open_alarm_count(connection, watcher, now)
    return Badge(count, count > 0 and uncared_count(connection, watcher, now) > 0)


def _of_flow(connection: sa.Connection, actor: Actor) -> Badge:
    crowded = crowded_now(connection, actor.sight(Act.SEE))
    return Badge(len(crowded), Crowding.STOPPED in crowded)
