"""What each device has counted in its site's day: by its journal, and by its own word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from edge.counting.core import TALLY_FIELDS, CountSnapshot
from edge.signing.cose import CborLimits, value_decoder
from edge.support.decoding import Undecodable
from sync.central.flow.core import NOTHING, TOTAL, Counts, added, placed
from sync.central.flow.days import turns_of
from sync.central.flow.parts import JOINED, SUMS
from sync.central.flow.tables import flow_count
from sync.central.places.sight import Sight
from sync.central.tables import chain, device, gate_counts
from sync.central.units import MINUTE

_own_counts = value_decoder(CountSnapshot, CborLimits(1 << 20, depth=6, items=48_000))


def counted_by_journals(
    connection: sa.Connection, sight: Sight, days: Mapping[str, str], now: int
) -> dict[str, Counts]:
    """What the journal of each device in sight comes to in its site's day."""
    query = (
        sa.select(device.c.id, device.c.site, chain.c.number, flow_count.c.day, *SUMS)
        .select_from(JOINED)
        .where(sight.of(device.c.site), flow_count.c.begin == TOTAL)
        .where(flow_count.c.day.in_([*{*days.values(), ""}]))
        .group_by(device.c.id, device.c.site, chain.c.number, flow_count.c.day)
    )
    found: dict[str, Counts] = {}
    strays: dict[int, tuple[str, str]] = {}
    for name, of_site, number, day, *each in connection.execute(query):
        if day == days.get(of_site, ""):
            found[name] = added((found.get(name, NOTHING), tuple(map(int, each))))
        elif not day:
            strays[number] = (name, of_site)
    for name, more in _of_no_day(connection, strays, now):
        found[name] = added((found.get(name, NOTHING), more))
    return {name: placed(each, each) for name, each in found.items()}


def _of_no_day(
    connection: sa.Connection, strays: Mapping[int, tuple[str, str]], now: int
) -> Iterable[tuple[str, Counts]]:
    """What journals that name no day have counted in the day that holds at their sites, by the clock."""
    if not strays:
        return
    turns = turns_of(connection, {of_site for _, of_site in strays.values()}, now, now)
    for number, (name, of_site) in strays.items():
        begun = turns[of_site][-1][0] if turns[of_site] else 0
        c = flow_count.c
        query = sa.select(*SUMS).where(c.chain == number, c.day == "", c.begin >= begun - begun % MINUTE)
        row = connection.execute(query).one()
        yield name, tuple(int(each or 0) for each in row)


def counted_by_gates(
    connection: sa.Connection, sight: Sight, days: Mapping[str, str]
) -> dict[str, tuple[Counts, int]]:
    """What each device in sight said itself that it counted in its site's day, and when it said so."""
    query = (
        sa.select(device.c.id, device.c.site, gate_counts.c.counts, gate_counts.c.at)
        .join(device, device.c.id == gate_counts.c.device)
        .where(sight.of(device.c.site))
    )
    found = {}
    for name, of_site, counts, at in connection.execute(query):
        try:
            tallies = _own_counts(counts).own().tallies
        except Undecodable:
            continue  # of a later version
        today = [tally for key, tally in tallies.items() if key.day == days.get(of_site, "")]
        if today:
            each = (tuple(getattr(tally, field) for field in TALLY_FIELDS) for tally in today)
            found[name] = (added(each), at)
    return found
