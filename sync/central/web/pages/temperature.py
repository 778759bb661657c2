"""Temperatures: what the gates' thermometers measured, and how each stands beside its neighbours. It names
nobody.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.temperature.core import ENOUGH, Counts, added
from sync.central.temperature.figures import by_gate, by_hour
from sync.central.units import DAY, HOUR
from sync.central.web.routes import Pages
from sync.central.web.visit import VisitOf

PAGES = Pages()
VERDICTS = {
    "drifted": N_("drifted"),
    "steady": N_("as its neighbours"),
    "between": N_("between"),
    "unknown": N_("nobody can tell"),
}
WHYS = {
    "once": N_("measured once only"),
    "unsteady": N_("unsteady"),
    "not_a_person": N_("not a person"),
    "too_near": N_("too near"),
    "too_far": N_("too far"),
    "ambient": N_("too cold or hot around"),
    "drift": N_("drift, as the gate sees it"),
    "other": N_("cannot be"),
}
_LOWEST, _HIGHEST, _WIDE = 350, 380, 2
"""Tenths of a degree between which the distribution has a row each; what is beyond is in the first and the
last.
"""
FEWEST_SHOWN = 5
"""Of fewer people in a row of the distribution the page says no more than that."""


@PAGES.get("/temperature", act=Act.SEE)
def temperature(visit: VisitOf, device: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The last day: by gate, by hour, and the distribution; of one gate where a device is named."""
    until = visit.now - visit.now % HOUR + HOUR
    since = until - DAY
    with visit.store.reading() as connection:
        gates = by_gate(connection, visit.sight, since, until)
        chosen = next((gate for gate in gates if gate.device == device), None)
        if device and chosen is None:
            raise NotFound
        hours = by_hour(connection, visit.sight, since, until, device or None)
    whole = chosen.counts if chosen else added(gate.counts for gate in gates)
    return visit.page(
        "temperature/temperature.html",
        title=visit.gettext("Temperature"),
        crumbs=[(visit.gettext("Temperature"), "/temperature" if chosen else None)],
        gates=gates,
        chosen=chosen,
        hours=hours,
        whole=whole,
        bins=distribution(whole),
        names=visit.site_names({gate.site for gate in gates}),
        enough=ENOUGH,
        fewest=FEWEST_SHOWN,
        verdicts=VERDICTS,
        whys=WHYS,
    )


def distribution(counts: Counts) -> list[tuple[str, int]]:
    """How many valid readings there were by fifths of a degree; none of too few readings."""
    if counts.valid < ENOUGH:
        return []
    edges = range(_LOWEST, _HIGHEST, _WIDE)
    rows = [(f"< {_LOWEST / 10:.1f}", sum(n for tenths, n in counts.celsius.items() if tenths < _LOWEST))]
    for edge in edges:
        within = range(edge, edge + _WIDE)
        label = f"{edge / 10:.1f}–{(edge + _WIDE - 1) / 10:.1f}"
        rows.append((label, sum(counts.celsius.get(tenths, 0) for tenths in within)))
    beyond = sum(n for tenths, n in counts.celsius.items() if tenths >= _HIGHEST)
    return [*rows, (f"≥ {_HIGHEST / 10:.1f}", beyond)]
