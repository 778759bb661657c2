"""People inside the sites, as their gates count them, against the limits of the policies in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce

import sqlalchemy as sa

from edge.counting.core import CountSnapshot
from edge.decision import OccupancyRule
from edge.signing.cose import CborLimits, value_decoder
from sync.central.accesses.core.rollup import Occupancy
from sync.central.places.sight import Sight
from sync.central.tables import device, gate_counts

_decoded = value_decoder(CountSnapshot, CborLimits(1 << 20, depth=6, items=48_000))


def occupancy_by_site(
    connection: sa.Connection, sight: Sight, rules: Mapping[str, OccupancyRule]
) -> dict[str, Occupancy]:
    """The people inside each site in sight whose gates count; `rules` are those of the policies in force."""
    held: dict[str, list[CountSnapshot]] = defaultdict(list)
    query = (
        sa.select(device.c.site, gate_counts.c.counts)
        .join(device, device.c.id == gate_counts.c.device)
        .where(sight.of(device.c.site))
        .order_by(gate_counts.c.at)
    )
    for site, counts in connection.execute(query):
        held[site].append(_decoded(counts))
    return {site: occupancy_of(snapshots, rules.get(site)) for site, snapshots in held.items()}


def occupancy_of(snapshots: Iterable[CountSnapshot], rule: OccupancyRule | None = None) -> Occupancy:
    """The people that the gates' counters of the newest day add up to."""
    states = [snapshot.tallies for snapshot in snapshots]
    keys = {key for held in states for key in held}
    newest = max((key.day for key in keys), default="")
    today = [
        reduce(lambda one, other: one.merged(other), [held[key] for held in states if key in held])
        for key in keys
        if key.day == newest
    ]
    return Occupancy(
        max(0, sum(tally.inside for tally in today)),
        None if rule is None else rule.stop or rule.warn,
        None if rule is None else rule.warn,
        any(tally.estimated or tally.lapses for tally in today),
    )
