"""Publishing: what is collected, what the next version contains, who holds which, and publishing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.errors import GatepostError
from edge.signing.cose import instant
from edge.web.rendering import path
from sync.central.accounts.core import Act
from sync.central.changes.policies import kept_policy
from sync.central.registry.publishing import Acceptance, WouldRevert, preview_of, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import sites_to_revoke_at
from sync.central.registry.versions import collected_at, holdings_of, states_of, versions_of
from sync.central.reported.receipts import newest_revocations
from sync.central.web.errors import raise_failure
from sync.central.web.pages.approvals import KINDS
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
_SITES, _VERSIONS = 50, 20


@PAGES.get("/publish", act=Act.SEE)
def publishing(visit: VisitOf, after: str = "") -> Response:
    with visit.store.reading() as connection:
        sites = states_of(connection, visit.sight, after=after, count=_SITES)
    older = f"/publish?after={sites[-1].site}" if len(sites) == _SITES else None
    return visit.page(
        "publish/list.html",
        title=visit.gettext("Publish"),
        sites=sites,
        names=visit.site_names(each.site for each in sites),
        older=older,
        newest="/publish" if after else None,
        publishes=visit.services.section is not None,
    )


@PAGES.get("/publish/{site}", act=Act.SEE)
def publishing_of(visit: VisitOf, site: str, before: int | None = None) -> Response:
    visit.see_site(site)
    return _shown(visit, site, before=before)


@PAGES.get("/publish/{site}/next", act=Act.PUBLISH)
def next_version(visit: VisitOf, site: str) -> Response:
    """What the next version contains: worked out on demand, since it reads the whole registry."""
    visit.see_site(site)
    name = visit.site_names([site])[site]
    section = visit.services.section
    preview, wrong = None, None
    if section is not None:
        try:
            preview = preview_of(visit.store, section, publisher_of(section), site, visit.now)
        except GatepostError as error:
            raise_failure(error)
            wrong = error
    return visit.page(
        "publish/next.html",
        title=visit.gettext("Next version"),
        crumbs=((visit.gettext("Publish"), "/publish"), (name, f"/publish/{path(site)}")),
        site=site,
        preview=preview,
        wrong=wrong and visit.said(wrong),
    )


@PAGES.post("/publish/{site}", act=Act.PUBLISH)
def publish_now(visit: VisitOf, site: str, accept: Annotated[str, Form(max_length=32)] = "") -> Response:
    visit.see_site(site)
    section, services = visit.services.section, visit.services
    if section is None:
        return _shown(visit, site, status=422)
    accepted = Acceptance(accept, visit.actor.name) if accept else None
    now = instant(visit.now)
    try:
        publish_site(visit.store, section, publisher_of(section), site, now, accepted, actor=visit.actor)
    except GatepostError as error:
        raise_failure(error)
        return _shown(visit, site, wrong=error, status=422)
    if services.publisher is not None:
        services.publisher.notice()
    return visit.go(f"/publish/{path(site)}")


# --- inside ----------------------------------------------------------------------------------


def _shown(
    visit: Visit,
    site: str,
    *,
    before: int | None = None,
    wrong: GatepostError | None = None,
    status: int = 200,
) -> Response:
    with visit.store.reading() as connection:
        versions = versions_of(connection, site, before=before, count=_VERSIONS)
        newest = versions_of(connection, site, count=1)
        collected = collected_at(connection, site)
        gates = holdings_of(connection, site, newest[0].version if newest else 0)
        policy = kept_policy(connection, site)
        revocations = newest_revocations(connection, site, visit.now, visit.services.receipt_bound)
        revoking = site in sites_to_revoke_at(connection)
        may_publish = visit.actor.sight(Act.PUBLISH).has_site(connection, site)
    section = visit.services.section
    name = visit.site_names([site])[site]
    return visit.page(
        "publish/site.html",
        title=visit.gettext("Publish %(site)s", site=name),
        crumbs=((visit.gettext("Publish"), "/publish"), (name, None)),
        status=status,
        site=site,
        versions=versions,
        newest=newest[0] if newest else None,
        collected=collected,
        gates=gates,
        policy=policy,
        revoking=revoking,
        revocations=revocations,
        kinds=KINDS,
        may_publish=may_publish,
        publishes=section is not None,
        publish_after=None if section is None else section.publish_after,
        wrong=wrong and visit.said(wrong),
        reverts=wrong.lines if isinstance(wrong, WouldRevert) else (),
        code=wrong.code if isinstance(wrong, WouldRevert) else "",
        older=versions[-1].version if len(versions) == _VERSIONS else None,
    )
