"""The audit: who did what, when, to what and why; and whether the record of it is whole."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import Query
from starlette.responses import Response

from sync.central.accounts.accounts import accounts
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, AuditEntry, entries, verify_chain
from sync.central.web.audit_words import ACTS, KINDS
from sync.central.web.paging import cursor_of, key_of
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_ROWS = 50
_NEWEST = 2000
"""Entries whose hashes are computed again with each page; all of them on demand."""
Filter = Annotated[str, Query(max_length=200)]


@PAGES.get("/audit", act=Act.READ_AUDIT)
def audit(
    visit: VisitOf,
    kind: Filter = "",
    about: Filter = "",
    who: Filter = "",
    act: Filter = "",
    before: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    return _page(visit, {"kind": kind, "about": about, "who": who, "act": act}, before, newest=_NEWEST)


@PAGES.post("/audit/verify", act=Act.READ_AUDIT)
def verify(visit: VisitOf) -> Response:
    """The page, with every hash from the first entry on computed again."""
    return _page(visit, {"kind": "", "about": "", "who": "", "act": ""}, None, newest=None)


def _page(visit: Visit, asked: dict[str, str], before: str | None, *, newest: int | None) -> Response:
    with visit.store.reading() as connection:
        people = accounts(connection, visit.actor.sight(Act.READ_AUDIT))
        numbers = {item.name: item.number for item in people}
        # A name that nobody in sight has finds nothing, as one that nobody has at all.
        actor = numbers.get(asked["who"], -1) if asked["who"] else None
        found = entries(
            connection,
            visit.sight,
            about=About(asked["kind"], asked["about"]) if asked["about"] else None,
            kind=asked["kind"] or None,
            actor=actor,
            act=asked["act"] or None,
            before=key_of(before, int),
            count=_ROWS + 1,
        )
        verdict = verify_chain(connection, newest)
    shown = found[:_ROWS]
    older = _address(asked, shown[-1].number) if len(found) > _ROWS else None
    return visit.page(
        "accounts/audit.html",
        title=visit.gettext("Audit"),
        entries=[(entry, _figures(entry)) for entry in shown],
        act_words=ACTS,
        kind_words=KINDS,
        names=visit.site_names(each.about.site for each in shown if each.about.site),
        older=older,
        newest=_address(asked, None) if before else None,
        asked=asked,
        people=people,
        verdict=verdict,
        whole=newest is None,
    )


def _figures(entry: AuditEntry) -> dict[str, str]:
    """What an entry says besides, each value in one line."""
    return {
        name.replace("_", " "): value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in entry.detail.items()
    }


def _address(asked: dict[str, str], before: int | None) -> str:
    held = {name: value for name, value in asked.items() if value}
    values = held if before is None else held | {"before": cursor_of(before)}
    return f"/audit?{urlencode(values)}" if values else "/audit"
