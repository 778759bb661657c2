"""What gates' staff ask for: enrolments and withdrawals, which a registrar accepts or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.registry_requests import (
    Choice,
    RequestKind,
    RequestState,
)
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.submitting import WaitingSet
from sync.central.enrolments.deciding import accept, refuse
from sync.central.enrolments.requests import answer_to, request_at, requests
from sync.central.newer import OpenWords
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf

PAGES = Pages()
_COUNT = 50

KINDS: Mapping[RequestKind, str] = OpenWords(
    {
        RequestKind.ENROL: N_("Enrolment"),
        RequestKind.WITHDRAW: N_("Withdrawal"),
        RequestKind.JOIN: N_("Two records of one person"),
    }
)
STATES: Mapping[RequestState, str] = OpenWords(
    {
        RequestState.RECEIVED: N_("waits for a registrar"),
        RequestState.ACCEPTED: N_("accepted"),
        RequestState.REFUSED: N_("refused"),
    }
)
CHOICES: Mapping[str, str] = {
    Choice.TWO_PEOPLE: N_("two people: both need a second factor from then on"),
    Choice.SAME_PERSON: N_("the same person"),
    Choice.UNSURE: N_("unsure"),
}


@PAGES.get("/enrolments", act=Act.CHANGE_PERSON)
def list_of(visit: VisitOf, before: int | None = None) -> Response:
    with visit.store.reading() as connection:
        waiting = requests(connection, visit.sight, waiting=True, count=200)
        decided = requests(connection, visit.sight, waiting=False, count=_COUNT, before=before)
        versions = {each.id: answer_to(connection, each).version for each in decided}
    return visit.page(
        "enrolments/list.html",
        title=visit.gettext("Enrolment requests"),
        waiting=waiting,
        decided=decided,
        versions=versions,
        names=visit.site_names(each.site for each in (*waiting, *decided)),
        kinds=KINDS,
        states=STATES,
        choices=CHOICES,
        older=f"/enrolments?before={decided[-1].decided_at}" if len(decided) == _COUNT else None,
        newest="/enrolments" if before else None,
    )


@PAGES.post("/enrolments/{id}/accept", act=Act.CHANGE_PERSON)
def accept_it(visit: VisitOf, id: str) -> Response:  # noqa: A002
    """Put the templates to the record; where that is much at once, a second person approves it first."""
    identity = _identity(visit, id)
    with visit.act() as connection:
        limits = visit.services.limits
        made = accept(connection, visit.actor, identity, now=visit.now, limits=limits)
    return visit.go(f"/approvals/{made.number}" if isinstance(made, WaitingSet) else "/enrolments")


@PAGES.post("/enrolments/{id}/refuse", act=Act.CHANGE_PERSON)
def refuse_it(
    visit: VisitOf,
    id: str,  # noqa: A002
    why: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Refuse it; the gate's staff read why."""
    identity = _identity(visit, id)
    with visit.act() as connection:
        refuse(connection, visit.actor, identity, why, now=visit.now)
    return visit.go("/enrolments")


def _identity(visit: VisitOf, text: str) -> bytes:
    """The id of a request that is in sight. Raises NotFound."""
    try:
        identity = bytes.fromhex(text)
    except ValueError:
        raise NotFound from None
    with visit.store.reading() as connection:
        found = request_at(connection, identity)
    if found is None:
        raise NotFound
    visit.see_site(found.site)
    return identity
