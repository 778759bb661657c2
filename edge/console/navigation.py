"""The five tabs of the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.staff.core import Right
from edge.staff.protocol.sessions import Who
from edge.web.routes import Public
from edge.web.texts import N_

_TABS = (
    ("/now", N_("Now")),
    ("/find", N_("Find")),
    ("/visitors", N_("Visitor")),
    ("/enrol", N_("Enrol")),
    ("/gate", N_("Gate")),
)


@dataclass(frozen=True)
class Tab:
    """A tab: where it leads, and what it is called."""

    path: str
    label: str


def tabs_for(who: Who | None, pages: Mapping[str, Right | Public]) -> tuple[Tab, ...]:
    """The tabs that exist, and that who is signed in may open."""
    rights = frozenset(() if who is None else who.rights)
    return tuple(Tab(path, label) for path, label in _TABS if path in pages and pages[path] in rights)
