"""The console's pages, a module for each part: `ALL_PAGES` are the tables of routes that they declare, and
`HEALTH` is the one that every process answers.
"""

from __future__ import annotations

from sync.central.web.pages import (
    account,
    accounts,
    addresses,
    appeals,
    approvals,
    audit,
    commands,
    employers,
    enrolments,
    explain,
    exports,
    findings,
    gates,
    health,
    home,
    imports,
    invitations,
    live,
    overview,
    people,
    person,
    person_acts,
    person_erasure,
    places,
    policy,
    publish,
    reports,
    sign_in,
    temperature,
    tokens,
    visits,
    what_if,
)

HEALTH = health.PAGES
# In this order a path is looked for: /places/manage before /places/{number}.
ALL_PAGES = (
    home.PAGES,
    HEALTH,
    places.PAGES,
    overview.PAGES,
    commands.PAGES,
    gates.PAGES,
    live.PAGES,
    findings.PAGES,
    addresses.PAGES,
    exports.PAGES,
    reports.PAGES,
    explain.PAGES,
    what_if.PAGES,
    visits.PAGES,
    employers.PAGES,
    temperature.PAGES,
    invitations.PAGES,
    people.PAGES,
    person.PAGES,
    person_acts.PAGES,
    person_erasure.PAGES,
    imports.PAGES,
    enrolments.PAGES,
    account.PAGES,
    accounts.PAGES,
    audit.PAGES,
    sign_in.PAGES,
    tokens.PAGES,
    approvals.PAGES,
    appeals.PAGES,
    policy.PAGES,
    publish.PAGES,
)

__all__ = ["ALL_PAGES", "HEALTH"]
