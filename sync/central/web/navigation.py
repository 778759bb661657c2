"""The pages that the console leads to, in the order of a day's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.web.routes import Public
from edge.web.texts import N_
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.web.badges import Badge

_GROUPS = (
    (
        ("/overview", N_("Overview")),
        ("/gates", N_("Gates")),
        ("/live", N_("Live")),
        ("/people", N_("People")),
        ("/flow", N_("Flow")),
        ("/visits", N_("Visits")),
        ("/isolation", N_("Isolation")),
        ("/temperature", N_("Temperature")),
        ("/findings", N_("Findings")),
    ),
    (
        ("/alarms", N_("Alarms")),
        ("/dispatch", N_("Dispatch")),
        ("/approvals", N_("Approvals")),
        ("/appeals", N_("Appeals")),
        ("/enrolments", N_("Enrolments")),
        ("/publish", N_("Publish")),
        ("/imports", N_("Imports")),
        ("/employers", N_("Employers")),
        ("/roster", N_("Roster")),
        ("/addresses", N_("Addresses")),
        ("/places/manage", N_("Places")),
        ("/gate-invitations", N_("Add a gate")),
        ("/rollouts", N_("Software")),
    ),
    (
        ("/reports", N_("Reports")),
        ("/exports", N_("Exports")),
        ("/history", N_("History")),
        ("/holds", N_("Holds")),
        ("/audit", N_("Audit")),
        ("/accounts", N_("Accounts")),
        ("/tokens", N_("Tokens")),
    ),
)


_BAR = ("/overview", "/gates", "/live", "/alarms")
"""What stands in the bar of a phone; the rest lies behind "more"."""


@dataclass(frozen=True)
class NavigationItem:
    """A line of the navigation; `group` goes up where a new group begins. `badge`: what waits there."""

    path: str
    label: str
    group: int
    here: bool
    badge: Badge | None = None


def items_for(
    actor: Actor, pages: Mapping[str, Act | Public], here: str, badges: Mapping[str, Badge]
) -> tuple[NavigationItem, ...]:
    """The pages that exist and that the actor may open; the one that holds `here` is marked."""
    return tuple(
        NavigationItem(path, label, number, here == path or here.startswith(f"{path}/"), badges.get(path))
        for number, group in enumerate(_GROUPS)
        for path, label in group
        if path in pages and _may_open(actor, pages[path])
    )


def bar_of(items: Sequence[NavigationItem]) -> tuple[Sequence[NavigationItem], Sequence[NavigationItem]]:
    """What stands in the bar of a phone, and what lies behind "more"."""
    first = [item for item in items if item.path in _BAR]
    first = first if len(first) == len(_BAR) else [*items[: len(_BAR)]]
    return first, [item for item in items if item not in first]


def _may_open(actor: Actor, act: Act | Public) -> bool:
    return isinstance(act, Public) or actor.may(act)
