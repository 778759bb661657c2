"""What waits for a second person: the list, and a page on which one is approved or sent back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.decision import StatusRecord
from edge.errors import GatepostError
from edge.signing.cose import microseconds
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.core import (
    ChangeLine,
    ChangeSetState,
    PutPolicy,
    lines_of,
    numbers_in,
    policy_lines,
    summary_of,
)
from sync.central.changes.deciding import approve, send_back, withdraw
from sync.central.changes.policies import kept_policy, policy_of
from sync.central.changes.waiting import ChangeSet, Examined, change_set_at, change_sets, examined
from sync.central.newer import OpenWords
from sync.central.newer_needed import OfNewerVersion
from sync.central.people.core import shown
from sync.central.web.errors import raise_failure
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf, paths_of

PAGES = Pages()
_LINES = 50
_MASKED = frozenset({"name", "address", "certificates", "language"})
"""Fields that are not told to somebody who has not opened the record for a purpose."""

KINDS: Mapping[str, str] = OpenWords(
    {
        "put_subject": N_("records"),
        "put_templates": N_("faces"),
        "set_status": N_("statuses"),
        "set_isolation": N_("home isolations"),
        "erase_subject": N_("erasures"),
        "revoke_subject": N_("revocations"),
        "put_policy": N_("policy"),
    }
)
STATES: Mapping[ChangeSetState, str] = OpenWords(
    {
        ChangeSetState.APPLIED: N_("Done at once"),
        ChangeSetState.WAITING: N_("Waits"),
        ChangeSetState.APPROVED: N_("Approved"),
        ChangeSetState.SENT_BACK: N_("Sent back"),
        ChangeSetState.WITHDRAWN: N_("Withdrawn"),
        ChangeSetState.LAPSED: N_("Lapsed"),
    }
)
FIELDS: Mapping[str, str] = {
    "record": N_("Record"),
    "status": N_("Status"),
    "isolation": N_("Home isolation"),
    "templates": N_("Face"),
    "valid_from": N_("Right from"),
    "valid_until": N_("Right until"),
    "groups": N_("Groups"),
    "name": N_("Name"),
    "address": N_("Address"),
    "certificates": N_("Certificates"),
    "language": N_("Language"),
    "second_factor": N_("Second factor"),
    "version": N_("Version"),
}


@PAGES.get("/approvals", act=Act.SEE_PERSON)
def approvals(visit: VisitOf, before: int | None = None) -> Response:
    with visit.store.reading() as connection:
        waiting = change_sets(connection, visit.sight, waiting=True, now=visit.now)
        decided = change_sets(connection, visit.sight, waiting=False, before=before, now=visit.now)
    older = f"/approvals?before={decided[-1].number}" if len(decided) == _LINES else None
    return visit.page(
        "approvals/list.html",
        title=visit.gettext("Approvals"),
        waiting=waiting,
        decided=decided,
        names=visit.site_names(site for each in (*waiting, *decided) for site in each.sites),
        older=older,
        kinds=KINDS,
        states=STATES,
        newest="/approvals" if before else None,
    )


@PAGES.get("/approvals/{number}", act=Act.SEE_PERSON)
def approval(visit: VisitOf, number: int, first: int = 1) -> Response:
    return _shown(visit, number, max(1, first))


@PAGES.post("/approvals/{number}/approve", act=Act.APPROVE)
def approve_it(
    visit: VisitOf,
    number: int,
    seen: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
    without: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    def act(connection: sa.Connection) -> None:
        left_out = numbers_in(without)
        approve(connection, visit.actor, number, why=why, seen=seen, now=visit.now, without=left_out)

    return _decided(visit, number, act, why, without)


@PAGES.post("/approvals/{number}/send-back", act=Act.APPROVE)
def send_it_back(visit: VisitOf, number: int, why: Annotated[str, Form()] = "") -> Response:
    def act(connection: sa.Connection) -> None:
        send_back(connection, visit.actor, number, why=why, now=visit.now)

    return _decided(visit, number, act, why)


@PAGES.post("/approvals/{number}/withdraw", act=Act.SEE_PERSON)
def withdraw_it(visit: VisitOf, number: int, why: Annotated[str, Form()] = "") -> Response:
    def act(connection: sa.Connection) -> None:
        withdraw(connection, visit.actor, number, why=why, now=visit.now)

    return _decided(visit, number, act, why)


# --- inside ----------------------------------------------------------------------------------


def _decided(
    visit: Visit, number: int, act: Callable[[sa.Connection], None], why: str, without: str = ""
) -> Response:
    """Do `act` on a change in sight, and show it; or what stands against that, with what was written."""
    _found(visit, number)
    try:
        with visit.act() as connection:
            act(connection)
    except GatepostError as error:
        raise_failure(error)
        return _shown(visit, number, 1, wrong=error, why=why, without=without)
    return visit.go(f"/approvals/{number}")


def _found(visit: Visit, number: int) -> ChangeSet:
    with visit.store.reading() as connection:
        found = change_set_at(connection, visit.sight, number, visit.now)
    if found is None or found.lapses_at is None:
        raise NotFound
    return found


def _shown(
    visit: Visit,
    number: int,
    first: int,
    *,
    wrong: GatepostError | None = None,
    why: str = "",
    without: str = "",
) -> Response:
    found = _found(visit, number)
    is_known, is_refused = True, wrong is not None
    values: dict[str, Any] = {"lines": (), "policy": (), "summary": (), "seen": "", "moved": 0, "total": 0}
    if found.state is ChangeSetState.WAITING:
        try:
            with visit.store.reading() as connection:
                values |= _content(connection, examined(connection, number), first)
        except OfNewerVersion as error:
            wrong, is_known = wrong or error, False
    is_mine = found.account == visit.actor.account and found.actor == visit.actor.name
    names = visit.site_names(found.sites)
    title = visit.gettext("Policy of %(site)s", site=names[found.sites[0]]) if found.is_policy else ""
    return visit.page(
        "approvals/one.html",
        title=title or visit.gettext("Change %(number)s", number=number),
        crumbs=((visit.gettext("Approvals"), "/approvals"), (str(number), None)),
        status=422 if is_refused else 200,
        change=found,
        names=names,
        kinds=KINDS,
        states=STATES,
        fields=FIELDS,
        is_mine=is_mine,
        may_decide=is_known and _may_decide(visit, found) and not is_mine,
        wrong=wrong and visit.said(wrong),
        why=why,
        without=without,
        first=first,
        what_if=f"/approvals/{number}/what-if" if _has_what_if(visit) else None,
        **values,
    )


def _has_what_if(visit: Visit) -> bool:
    return "/approvals/{number}/what-if" in paths_of(visit.request) and visit.actor.may(Act.APPROVE)


def _may_decide(visit: Visit, found: ChangeSet) -> bool:
    sight = visit.actor.sight(Act.APPROVE)
    with visit.store.reading() as connection:
        return visit.actor.may(Act.APPROVE) and all(sight.has_site(connection, site) for site in found.sites)


def _content(connection: sa.Connection, found: Examined, first: int) -> dict[str, Any]:
    """What the page tells of a set that waits; of people the lines from `first` on."""
    change = next(iter(found.changes), None)  # none: all whom it was about were erased
    if isinstance(change, PutPolicy):
        kept = kept_policy(connection, change.site)
        before = policy_of("" if kept is None else kept.text)
        return {
            "policy": policy_lines(before, policy_of(change.text)),
            "policy_text": change.text,
            "is_first": kept is None,
            "seen": found.seen,
        }
    page = found.changes[first - 1 : first - 1 + _LINES]
    return {
        "lines": [_row(line, found) for line in lines_of(page, found.held, first)],
        "summary": summary_of(lines_of(found.changes, found.held))[:12],
        "seen": found.seen,
        "moved": len(found.moved),
        "total": len(found.changes),
        "older": first + _LINES if first + _LINES <= len(found.changes) else None,
    }


def _row(line: ChangeLine, found: Examined) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": line.number,
        "site": line.site,
        "subject": line.subject,
        "field": line.field,
        "moved": line.number in found.moved,
        "masked": line.field in _MASKED,
    }
    for side, value in (("before", line.before), ("after", line.after)):
        row[side] = shown(value)
        row[f"{side}_status"] = value.value.value if isinstance(value, StatusRecord) else None
        row[f"{side}_since"] = microseconds(value.since) if isinstance(value, StatusRecord) else None
        row[f"{side}_source"] = value.source if isinstance(value, StatusRecord) else ""
    return row
