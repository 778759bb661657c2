"""Decides a site's last weeks again under other rules, from what its gates wrote down.

It reads a page at a time, each in a transaction of its own: it holds nobody up, and needs no more memory for
a million decisions than for a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import ClockTrust, Policy, WallTime, decide, identified_by, local_time
from edge.journal.format import AccessDecided, stored_decision
from edge.signing.cose import instant
from edge.support.decoding import Undecodable
from sync.central.accesses.tables import access
from sync.central.explain.core import (
    N_,
    Example,
    HeldVersion,
    ReplayDoubt,
    ReplayedDecision,
    ReplayGap,
    ReplayTally,
    WhatIf,
    crowding_by,
    replay_of,
)
from sync.central.explain.records import Records
from sync.central.store import Store
from sync.central.tables import chain, device, event, finding
from sync.central.units import HOUR

PAGE = 2_000
"""Decisions that are read at once."""
_NO_LINK = HOUR
_DOUBT = {
    ReplayGap.VERSION: ReplayDoubt.VERSION,
    ReplayGap.RECORD: ReplayDoubt.RECORD,
    ReplayGap.CIRCUMSTANCES: ReplayDoubt.CIRCUMSTANCES,
}

OnProgress = Callable[[int, int], bool]
"""Is told how many of how many are done, and says whether to go on."""


class Cancelled(Exception):
    """Nobody waits for the result any more."""


def what_if(
    store: Store,
    site: str,
    policy: Policy,
    since: int,
    until: int,
    on_progress: OnProgress = lambda _done, _all: True,
    *,
    page: int = PAGE,
) -> WhatIf:
    """What `policy` would have decided at `site` from `since` until `until` (microseconds since 1970 UTC).

    Raises Cancelled when `on_progress` says to stop.
    """
    tally, key = ReplayTally(), _Key(since, 0)
    with store.reading() as connection:
        wanted = _count(connection, site, since, until)
        gates = _gates(connection, site)
        records = Records(connection, site)
    while True:
        if not on_progress(tally.total, wanted):
            raise Cancelled
        with store.reading() as connection:
            rows = _page(connection, site, key, until, page)
            read = [(row, _read(row)) for row in rows]
            records.load(connection, _named(said for _, said in read))
        for row, said in read:
            _again(tally, records, policy, row, said)
        if len(rows) < page:
            on_progress(tally.total, wanted)
            return tally.result(site, (since, until), gates, _judged(records.newest_policy, policy))
        key = _Key(rows[-1].at, rows[-1].number)


# --- inside --------------------------------------------------------------------------------


class _Key(NamedTuple):
    at: int
    number: int


def _count(connection: sa.Connection, site: str, since: int, until: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(access)
        .where(access.c.site == site, access.c.at >= since, access.c.at < until)
    )
    return int(connection.execute(query).scalar_one())


def _page(connection: sa.Connection, site: str, key: _Key, until: int, most: int) -> Sequence[Any]:
    beyond = sa.tuple_(access.c.at, access.c.number) > sa.tuple_(sa.literal(key.at), sa.literal(key.number))
    query = (
        sa.select(
            access.c.at,
            access.c.number,
            access.c.received_at,
            access.c.device,
            access.c.gate,
            access.c.sequence,
            chain.c.epoch,
            event.c.trust,
            event.c.kind,
            event.c.body,
        )
        .join(event, sa.and_(event.c.chain == access.c.chain, event.c.sequence == access.c.sequence))
        .join(chain, chain.c.number == access.c.chain)
        .where(access.c.site == site, beyond, access.c.at < until)
        .order_by(access.c.at, access.c.number)
        .limit(most)
    )
    return connection.execute(query).all()


def _read(row: Any) -> AccessDecided | None:
    """The decision in a row; None where it is none, or cannot be read."""
    if row.kind != AccessDecided.kind:
        return None
    try:
        return stored_decision(row.body)  # it has a row of accesses, so it was read when it came
    except Undecodable:
        return None


def _named(read: Iterator[AccessDecided | None]) -> set[str]:
    return {name for said in read if said is not None and (name := identified_by(said.evidence))}


def _again(
    tally: ReplayTally, records: Records, policy: Policy, row: Any, said: AccessDecided | None
) -> None:
    """Decide one of them again and count it."""
    if said is None:
        if row.kind == AccessDecided.kind:
            tally.skip(ReplayDoubt.UNREADABLE)
        return  # what was opened by hand is no decision
    wall = WallTime(instant(row.at), ClockTrust(row.trust))
    version = None if said.registry is None else records.version(said.registry)
    held = None
    if version is not None:
        person = records.subject(identified_by(said.evidence), version.version)
        held = HeldVersion(version.rules.policy, version.issued, version.expires, person)
    replay = replay_of(said, wall, (records.site, row.gate), held)
    moment = replay.moment
    if moment is None:
        tally.skip(_DOUBT[next(gap for gap in replay.gaps if gap.prevents)])
        return
    situation = moment.situation
    if moment.policy.occupancy != policy.occupancy:
        situation = replace(situation, crowding=crowding_by(policy.occupancy, situation))
    now = decide(_rules(policy, said), moment.subject, moment.evidence, situation)
    tally.add(
        ReplayedDecision(
            said.decision,
            now,
            row.gate,
            local_time(situation.wall.at, policy.time_zone).date(),
            Example(row.device, row.epoch.hex(), row.sequence, row.at),
            frozenset(_doubts(replay.gaps, row)),
        )
    )


def _rules(policy: Policy, said: AccessDecided) -> Policy:
    """The other rules; a gate that held no registry would have had none of them."""
    return Policy() if said.registry is None else policy


def _doubts(gaps: Sequence[ReplayGap], row: Any) -> Iterator[ReplayDoubt]:
    if ReplayGap.CIRCUMSTANCES in gaps:
        yield ReplayDoubt.CIRCUMSTANCES
    if row.received_at - row.at > _NO_LINK:
        yield ReplayDoubt.LINK


def _gates(connection: sa.Connection, site: str) -> tuple[int, int]:
    """How many gates a site has in service, and of how many the journal is whole."""
    of_site = (device.c.site == site) & device.c.retired_at.is_(None)
    gates = set(connection.execute(sa.select(device.c.id).where(of_site)).scalars())
    beyond = sa.select(chain.c.device).where(chain.c.highest > chain.c.prefix)
    missing = (
        sa.select(chain.c.device)
        .join(finding, finding.c.chain == chain.c.number)
        .where(finding.c.kind == "missing", finding.c.ended_at.is_(None))
    )
    holed = set(connection.execute(sa.union(beyond, missing)).scalars())
    return len(gates), len(gates - holed)


_JUDGED = {
    "face": N_("Faces were judged by the old rules: how a gate would judge them is not known."),
    "certificates": N_("Certificates were judged by the old rules: what else would count is not known."),
    "proof_window": N_("How fresh a pass must be was judged by the old rules."),
}


def _judged(before: Policy | None, policy: Policy) -> Iterator[str]:
    """What gates judged by the rules that were, before any of these was asked: the parts that change."""
    for part, text in _JUDGED.items():
        if before is not None and _part(before, part) != _part(policy, part):
            yield text


def _part(policy: Policy, part: str) -> object:
    if part == "face":
        return policy.face.false_matches, policy.face.false_confirms, policy.face.margin, policy.face.frames
    return getattr(policy, part)
