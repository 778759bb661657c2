"""A site's policy: what counts and since when, earlier ones, and asking for another, which waits."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from edge.errors import ConfigurationError, GatepostError
from edge.support.toml import MOST_BYTES, toml_in
from edge.web.rendering import path
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.core import PutPolicy, policy_lines
from sync.central.changes.policies import kept_policies, kept_policy, policy_of
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.changes.waiting import change_sets
from sync.central.web.errors import raise_failure
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_BODY = 2 * MOST_BYTES + 65_536
"""A policy as a file or as text, with what a form adds."""


@PAGES.get("/policy/{site}", act=Act.SEE)
def policy(visit: VisitOf, site: str, number: int | None = None) -> Response:
    visit.see_site(site)
    return _shown(visit, site, number=number)


@PAGES.post("/policy/{site}/check", act=Act.CHANGE_POLICY, body=_BODY)
def check(
    visit: VisitOf,
    site: str,
    text: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """What a policy would change; nothing is changed, and nothing that was typed is lost."""
    visit.see_site(site)
    try:
        text = _text_of(file, text)
        policy_of(text)
    except ConfigurationError as error:
        return _shown(visit, site, text=text, wrong=error)
    return _shown(visit, site, text=text, checked=True)


@PAGES.post("/policy/{site}", act=Act.CHANGE_POLICY, body=_BODY)
def ask(
    visit: VisitOf, site: str, text: Annotated[str, Form()] = "", why: Annotated[str, Form()] = ""
) -> Response:
    visit.see_site(site)
    change = PutPolicy(site, _as_lines(text))
    try:
        with visit.act() as connection:
            limits = visit.services.limits
            made = submit(connection, visit.actor, [change], why=why, now=visit.now, limits=limits)
    except GatepostError as error:
        raise_failure(error)
        return _shown(visit, site, text=text, checked=True, why=why, wrong=error)
    return visit.go(f"/approvals/{made.number}" if isinstance(made, WaitingSet) else f"/policy/{path(site)}")


# --- inside ----------------------------------------------------------------------------------


def _text_of(file: UploadFile | None, typed: str) -> str:
    """The text of an uploaded file, with or without a byte order mark, or what was typed."""
    if file is None or not file.filename:
        return _as_lines(typed)
    data = file.file.read(MOST_BYTES + 1)
    return toml_in(data, "policy.toml").text.removeprefix("\ufeff")


def _as_lines(text: str) -> str:
    """A form's text as a file has it: browsers send both ends of a line."""
    return text.replace("\r\n", "\n")


def _shown(
    visit: Visit,
    site: str,
    *,
    number: int | None = None,
    text: str | None = None,
    checked: bool = False,
    why: str = "",
    wrong: GatepostError | None = None,
) -> Response:
    with visit.store.reading() as connection:
        kept = kept_policy(connection, site)
        before = None if number is None else number + 1
        shown = kept if number is None else next(iter(kept_policies(connection, site, before=before)), None)
        earlier = kept_policies(connection, site)
        waiting = change_sets(connection, visit.actor.sight(Act.SEE), waiting=True, now=visit.now)
        may_change = visit.actor.sight(Act.CHANGE_POLICY).has_site(connection, site)
    if number is not None and (shown is None or shown.number != number):
        raise NotFound
    held = "" if kept is None else kept.text
    is_readable = checked and text is not None and not isinstance(wrong, ConfigurationError)
    lines = policy_lines(policy_of(held), policy_of(text)) if is_readable and text is not None else ()
    name = visit.site_names([site])[site]
    return visit.page(
        "policy/site.html",
        title=visit.gettext("Policy of %(site)s", site=name),
        crumbs=(
            (visit.gettext("Publish"), "/publish"),
            (name, f"/publish/{path(site)}"),
            (visit.gettext("Policy"), None),
        ),
        status=200 if wrong is None else 422,
        site=site,
        shown=shown,
        is_newest=number is None or (kept is not None and kept.number == number),
        earlier=earlier,
        waiting=[item for item in waiting if item.is_policy and site in item.sites],
        may_change=may_change,
        text=held if text is None else text,
        checked=is_readable,
        lines=lines,
        why=why,
        wrong=wrong and visit.said(wrong),
    )
