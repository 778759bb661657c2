"""What is under way at a whole street's centre: a second account, a change that waits, appeals, visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import Status, StatusRecord, Subject
from edge.signing.cose import instant
from sync.central.accesses.tables import access
from sync.central.accounts.accounts import account_at, create_account
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Role, RoleGrant
from sync.central.changes.appeals import AppealedDecision, open_appeal
from sync.central.changes.core import SetStatus
from sync.central.changes.submitting import submit
from sync.central.configuration import ChangesSection
from sync.central.demo.holds import put_holds
from sync.central.demo.street import StreetSite
from sync.central.tables import chain
from sync.central.units import HOUR
from sync.central.visits.core import WantedVisit
from sync.central.visits.visits import Inviting, invite

_APPEALS = (
    "23日我没有去过水产市场。",
    "我昨天做了检测，是阴性，健康码还没有变。",
)
_VISITORS = (
    ("赵敏", -2, 4, False),
    ("Anna Keller", -1, 7, False),
    ("孙师傅", 0, 3, True),
    ("周洋", 20, 30, False),
    ("何平", -30, -22, False),
)
"""Name, first and last hour from now, whether they come with a number."""


def put_affairs(
    connection: sa.Connection, boss: Actor, street: Sequence[StreetSite], now: int, limits: ChangesSection
) -> None:
    """Make the second account, and what it and others have under way."""
    number = create_account(connection, boss, "zhang.wei", "张伟", [RoleGrant(Role.REGISTRAR)], now - HOUR)
    registrar = account_at(connection, number).actor()
    put_holds(connection, boss, street, now)
    _ask_for_a_change(connection, registrar, street[1], now - HOUR, limits)
    for question, denied in zip(_APPEALS, _denied(connection, len(_APPEALS)), strict=False):
        site, subject, denial = denied
        open_appeal(connection, registrar, site, subject, question, now - 5 * HOUR, denial)
    for place, (name, first, last, by_code) in enumerate(_VISITORS):
        host = street[8 + place % 3]
        made_at = now + min(first, 0) * HOUR - HOUR
        wanted = WantedVisit(name, now + first * HOUR, now + last * HOUR, by_code)
        invite(connection, host.file.id, wanted, Inviting("张伟", host.people[place].id), made_at)


def _ask_for_a_change(
    connection: sa.Connection, registrar: Actor, site: StreetSite, now: int, limits: ChangesSection
) -> None:
    """Ask to have many people's codes yellow: it waits for a second person."""
    yellow = StatusRecord(
        Status.YELLOW,
        "街道",
        "同一市场有病例",
        "city.contact",
        instant(now),
        instant(now) + timedelta(days=3),
    )
    concerned = [person for person in site.people if _is_green(person)][:20]
    changes = [SetStatus(site.file.id, person.id, replace(yellow)) for person in concerned]
    submit(connection, registrar, changes, why="水产市场 11 月 23 日的密接名单", now=now, limits=limits)


def _is_green(person: Subject) -> bool:
    return person.status is not None and person.status.value is Status.GREEN


def _denied(connection: sa.Connection, count: int) -> list[tuple[str, str, AppealedDecision]]:
    """The newest denials of people who are known, each of another person."""
    query = (
        sa.select(access.c.site, access.c.subject, access.c.device, chain.c.epoch, access.c.sequence)
        .join(chain, chain.c.number == access.c.chain)
        .where(access.c.outcome == "deny", access.c.subject.is_not(None))
        .order_by(access.c.at.desc())
        .limit(20)
    )
    found: dict[str, tuple[str, str, AppealedDecision]] = {}
    for row in connection.execute(query):
        denial = AppealedDecision(row.device, row.epoch, row.sequence)
        found.setdefault(row.subject, (row.site, row.subject, denial))
    return list(found.values())[:count]
