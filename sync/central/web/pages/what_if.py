"""What other rules would have changed over 30 days: asked on a page, or beside what waits for approval."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from sqlalchemy import Connection
from starlette.responses import Response

from edge.decision import Outcome, Policy
from edge.errors import ConfigurationError
from edge.support.toml import MOST_BYTES
from edge.web.rendering import path
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.core import PutPolicy
from sync.central.changes.policies import kept_policy, policy_of
from sync.central.changes.waiting import change_set_at, examined
from sync.central.explain.core import ReplayDoubt
from sync.central.explain.running import Answer, QuestionProgress, policy_id
from sync.central.people.subjects import time_zone_of
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
OUTCOMES = (Outcome.GRANT, Outcome.REFER, Outcome.DENY)
DOUBTS = {
    ReplayDoubt.VERSION: N_("the rules of their moment are not kept: not decided again"),
    ReplayDoubt.RECORD: N_("the person's record is not kept: not decided again"),
    ReplayDoubt.UNREADABLE: N_("the event cannot be read: not decided again"),
    ReplayDoubt.CIRCUMSTANCES: N_("an older event, which does not say all: taken to be usual"),
    ReplayDoubt.LINK: N_("arrived more than an hour late: the gate had no link, and an old registry"),
}


@PAGES.get("/what-if/{site}", act=Act.CHANGE_POLICY)
def form(visit: VisitOf, site: str) -> Response:
    visit.see_site(site)
    with visit.store.reading() as connection:
        kept = kept_policy(connection, site)
    return _form(visit, site, "" if kept is None else kept.text)


@PAGES.post("/what-if/{site}", act=Act.CHANGE_POLICY, body=2 * MOST_BYTES)
def ask(visit: VisitOf, site: str, text: Annotated[str, Form(max_length=MOST_BYTES)]) -> Response:
    """Begin to decide again under the rules of `text`, and show how far it is."""
    visit.see_site(site)
    try:
        policy = policy_of(text, visit.gettext("the text"))
    except ConfigurationError as error:
        return _form(visit, site, text, str(visit.said(error)))
    services = visit.services
    services.what_if.ask(visit.store, services.wall, site, policy)
    return visit.go(f"/what-if/{path(site)}/{policy_id(policy)}")


@PAGES.get("/what-if/{site}/{policy}", act=Act.CHANGE_POLICY)
def answer(visit: VisitOf, site: str, policy: str) -> Response:
    visit.see_site(site)
    found = visit.services.what_if.look(visit.store, visit.now, site, policy)
    if found is None:
        raise NotFound
    return _panel(visit, site, found, f"/what-if/{path(site)}/{path(policy)}", policy)


@PAGES.post("/what-if/{site}/{policy}/stop", act=Act.CHANGE_POLICY)
def stop(visit: VisitOf, site: str, policy: str) -> Response:
    visit.see_site(site)
    visit.services.what_if.stop(site, policy)
    return visit.go(f"/what-if/{path(site)}/{path(policy)}")


@PAGES.get("/approvals/{number}/what-if", act=Act.APPROVE)
def of_change(visit: VisitOf, number: int) -> Response:
    """What the policy of a change set that waits would have changed; asked by looking."""
    with visit.store.reading() as connection:
        asked = _asked(visit, connection, number)
    if asked is None:
        raise NotFound
    site, policy = asked
    services = visit.services
    found = services.what_if.ask(visit.store, services.wall, site, policy)
    return _panel(visit, site, found, f"/approvals/{number}/what-if", None)


# --- inside --------------------------------------------------------------------------------


def _asked(visit: Visit, connection: Connection, number: int) -> tuple[str, Policy] | None:
    """The site and the policy of a change set in sight that waits; None where there is none."""
    if change_set_at(connection, visit.sight, number, visit.now) is None:
        return None
    try:
        changes = examined(connection, number).changes
    except StoreError:
        return None
    found = next((item for item in changes if isinstance(item, PutPolicy)), None)
    return None if found is None else (found.site, policy_of(found.text))


def _form(visit: Visit, site: str, text: str, wrong: str = "") -> Response:
    return visit.page(
        "explain/ask.html",
        title=visit.gettext("What if"),
        crumbs=((site, None),),
        status=422 if wrong else 200,
        site=site,
        text=text,
        wrong=wrong,
        most=MOST_BYTES,
    )


def _panel(
    visit: Visit, site: str, found: Answer | QuestionProgress, here: str, policy: str | None
) -> Response:
    with visit.store.reading() as connection:
        zone = time_zone_of(connection, site)
    values: dict[str, Any] = {
        "site": site,
        "zone": zone,
        "here": here,
        "stop": None if policy is None else f"{here}/stop",
        "progress": found if isinstance(found, QuestionProgress) else None,
        "answer": found if isinstance(found, Answer) else None,
        "outcomes": OUTCOMES,
        "doubts": DOUBTS,
    }
    if visit.is_fragment:
        return visit.fragment("explain/what_if.html", **values)
    return visit.page("explain/answer.html", title=visit.gettext("What if"), crumbs=((site, None),), **values)
