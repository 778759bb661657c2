"""Who is on duty in a whole street, and what they were sent for: a task in each column, and some done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.signing.cose import instant
from sync.central.demo.street import CITY, DISTRICT, MARKET_STREET, StreetSite
from sync.central.dispatch.core import Assignment, DayChange, DutyShift, Roster, WorkerAct
from sync.central.dispatch.rosters import Worker, change_day, put_worker
from sync.central.dispatch.tasks import Stuck, keep_at_centre, open_task, send_to
from sync.central.dispatch.telling import Saying, tell
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_at
from sync.central.units import MINUTE, SECOND

_ZONE = ZoneInfo("Asia/Shanghai")
_ALWAYS = DutyShift(frozenset(range(7)), 0, 0)
_WORKERS = (
    ("刘洋", "市场社区"),
    ("郑霞", "市场社区"),
    ("周敏", "东门社区"),
    ("陈刚", "东门社区"),
    ("孙燕", "东门社区"),
    ("吴磊", "河沿社区"),
)
_LIVE = (
    # site, kind, severity, who, minutes since it began, how far
    ("fish-market", "barrier_forced", 1, None, 2, 0),
    ("east-lake-home", "isolation_exit", 1, "周敏", 3, 0),
    ("central-market", "limit_warned", 2, "刘洋", 8, 1),
    ("school-garden", "gate_dark", 2, "陈刚", 17, 1),
    ("brocade-lane", "temperature_high", 2, "孙燕", 14, 2),
)
_DONE = (
    ("tea-market", "barrier_held", 3, "刘洋", 22, 100, "closed_lane", "搬货，已提醒"),
    ("river-bank", "probe_failed", 2, "吴磊", 95, 131, "repaired", "擦净镜头"),
    ("pine-court", "isolation_exit", 1, "孙燕", 72, 118, "sent_home", "社区送药"),
    ("willow-bank", "gate_dark", 2, "吴磊", 140, 129, "repaired", "光猫断电"),
)
"""Site, kind, severity, who, minutes ago, seconds to "on the way", what came of it."""
_STEPS = (WorkerAct.ON_WAY, WorkerAct.ARRIVE)


def put_tasks(connection: sa.Connection, street: Sequence[StreetSite], now: int) -> None:
    """Put the workers on the roster, and have happened what they were sent for."""
    devices = {site.file.id: site.device(site.gates[0]) for site in street}
    workers = _workers(connection, now)
    for site, kind, severity, who, ago, took, outcome, said in _DONE:
        at = now - ago * MINUTE
        offer = _sent(connection, (site, devices[site], kind, severity), workers[who], at)
        tell(connection, workers[who], Saying("way", offer, WorkerAct.ON_WAY, 0), at + took * SECOND)
        done = Saying("done", offer, WorkerAct.DONE, 0, outcome, said)
        tell(connection, workers[who], done, at + 15 * MINUTE)
    for site, kind, severity, name, ago, far in _LIVE:
        at = now - ago * MINUTE
        if name is None:
            number = open_task(connection, _assignment(site, devices[site], kind, severity, at), at)
            keep_at_centre(connection, number, Stuck.NOBODY_ANSWERED)
            continue
        offer = _sent(connection, (site, devices[site], kind, severity), workers[name], at)
        for minute, act in enumerate(_STEPS[:far], start=1):
            tell(connection, workers[name], Saying(act, offer, act, 0), at + minute * 2 * MINUTE)


# --- inside --------------------------------------------------------------------------------


def _workers(connection: sa.Connection, now: int) -> dict[str, int]:
    """The workers by name. Tomorrow one community has nobody."""
    found = {}
    for code, (name, community) in enumerate(_WORKERS, start=1):
        place = place_at(connection, f"{CITY}/{DISTRICT}/{MARKET_STREET}/{community}")
        roster = Roster((_ALWAYS,))
        held = Worker(0, place, str(code), name, "zh", "", "", None, None, roster)
        found[name], _ = put_worker(connection, held, "何静", now)
    tomorrow = instant(now).astimezone(_ZONE).date() + timedelta(days=1)
    change_day(connection, found["吴磊"], DayChange(tomorrow))
    return found


def _assignment(site: str, device: str, kind: str, severity: int, at: int) -> Assignment:
    return Assignment(None, kind, site, device, None, at, severity, at)


def _sent(connection: sa.Connection, what: tuple[str, str, str, int], worker: int, at: int) -> int:
    number = open_task(connection, _assignment(*what, at), at)
    return send_to(connection, EVERYWHERE, number, worker, "gatepost", at + 5 * SECOND)
