"""Makes the figures of a report, in one reading of what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.changes.core import AppealState
from sync.central.changes.tables import appeal
from sync.central.dispatch.reading import times_to_on_way
from sync.central.dispatch.tables import task
from sync.central.exports.core import Covered
from sync.central.history.reading import Damage
from sync.central.people.columns import groups_in
from sync.central.places.tables import place_within
from sync.central.reports.core import (
    AppealFigures,
    Asked,
    Days,
    Groups,
    Missing,
    Report,
    Why,
    added,
    report_of,
    rests_on,
    sent_of,
)
from sync.central.reports.known import covered_journals, known_gates
from sync.central.reports.measured import occupancy, temperatures
from sync.central.reports.sources import sight_of, sources_between
from sync.central.reports.tallies import checks_of, tally_of, wrong_of
from sync.central.tables import site, subject
from sync.central.units import DAY


@dataclass(frozen=True)
class Drawn:
    """A report, and the journals that it rests on."""

    report: Report
    covered: tuple[Covered, ...]


def draw(connection: sa.Connection, asked: Asked, now: int) -> Drawn:
    """The report that is asked for, of what is here at `now`. `connection` is one transaction: everything in
    it is of one moment.
    """
    days, sites = asked.days, asked.sites
    sight = sight_of(connection, sites)
    before = days.before()
    with sources_between(connection, sites, days, before) as kept:
        tallies = [tally_of(source, sites, days) for source in kept.sources]
        tally = added([*tallies, kept.summed, wrong_of(connection, kept.sources, sites, days)])
        checks_before = kept.before + sum(checks_of(source, sites, before) for source in kept.sources)
    gates = known_gates(connection, sites)
    found, lower = rests_on(gates, days, now, _damages(kept.damaged, days))
    report = report_of(
        asked,
        tally,
        _groups(connection, sites),
        {gate.device: (gate.site, gate.gate) for gate in gates},
        found,
        lower,
        _appeals(connection, sites, days),
        checks_before or None,
        sent_of(_took(connection, sites, days)),
        (
            temperatures(connection, sight, sites, days),
            occupancy(connection, sight, sites, days, now),
        ),
    )
    return Drawn(report, covered_journals(connection, sites))


# --- inside --------------------------------------------------------------------------------


def _damages(damaged: Sequence[Damage], days: Days) -> list[Missing]:
    """What cannot be read of these days, because a file is not what was written."""
    return [
        Missing("", each.site, "", Why.DAMAGED, each.day, each.day + DAY)
        for each in damaged
        if each.day < days.until and each.day + DAY > days.since
    ]


def _groups(connection: sa.Connection, sites: Sequence[str]) -> Groups:
    """The groups of the people of `sites`, as their records are now."""
    query = sa.select(subject.c.site, subject.c.id, subject.c.groups).where(subject.c.site.in_([*sites]))
    return {(site, name): groups_in(groups) for site, name, groups in connection.execute(query) if groups}


def _took(connection: sa.Connection, sites: Sequence[str], days: Days) -> Sequence[int]:
    """How long it took until somebody was on the way: at these sites, and in places that have no other."""
    others = (
        sa.select(site.c.id)
        .join(place_within, place_within.c.place == site.c.place)
        .where(place_within.c.ancestor == task.c.place, site.c.id.not_in([*sites]))
    )
    those = task.c.site.in_([*sites]) & ~others.correlate(task).exists()
    return times_to_on_way(connection, those, days.since, days.until)


def _appeals(connection: sa.Connection, sites: Sequence[str], days: Days) -> AppealFigures:
    query = (
        sa.select(appeal.c.state, sa.func.count())
        .where(appeal.c.site.in_([*sites]), appeal.c.at >= days.since, appeal.c.at < days.until)
        .group_by(appeal.c.state)
    )
    counts = {state: int(times) for state, times in connection.execute(query)}
    return AppealFigures(
        sum(counts.values()), counts.get(AppealState.ANSWERED, 0), counts.get(AppealState.CORRECTED, 0)
    )
