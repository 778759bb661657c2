"""How far a centre had come: noted in each backup, and compared with a centre that is still there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import sqlalchemy as sa

from edge.decision import StatusRecord
from edge.support.counted import counted
from edge.support.decoding import Undecodable, json_of
from sync.central.audit.tables import audit_entry, audit_head
from sync.central.configuration import PublishingSection
from sync.central.people.core import shown
from sync.central.people.tables import erasure
from sync.central.registry.publications import published_versions
from sync.central.registry.published import SitePublished
from sync.central.tables import chain, command_counter, device, site, status_change, subject

KEPT_BY_GATES = 1_000_000
"""So many of its newest events a gate keeps, acknowledged or not (docs/journal.md)."""
_MOST_NAMED = 50


class JournalMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to which event central had, and had acknowledged, the journal of a device's epoch."""

    device: str
    epoch: bytes
    prefix: int


class CentreMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a centre had come: the newest version of each site, the number of its list of urgent
    revocations, each gate's journal, the last status, erasure and act, and the counters of command keys
    (their ids in hexadecimal).
    """

    versions: dict[str, int]
    lists: dict[str, int]
    journals: tuple[JournalMark, ...]
    devices: dict[str, str]
    status: int
    erasure: int
    act: int
    act_hash: bytes
    counters: dict[str, int]
    people: int


def marks_of(connection: sa.Connection, section: PublishingSection | None) -> CentreMarks:
    """How far the centre of that database has come."""
    sites = connection.execute(sa.select(site.c.id)).scalars().all()
    versions = published_versions(connection)
    lists: dict[str, int] = {}
    if section is not None:
        from sync.central.registry.publisher import listed_number  # noqa: PLC0415

        for name in sites:
            published = SitePublished(section.folder / name)
            versions[name] = max((versions.get(name, 0), *published.versions()))
            lists[name] = listed_number(published)
    journals = connection.execute(
        sa.select(chain.c.device, chain.c.epoch, chain.c.prefix).order_by(chain.c.number)
    )
    head = connection.execute(sa.select(audit_head.c.number, audit_head.c.hash)).one()
    counters = connection.execute(sa.select(command_counter.c.issuer, command_counter.c.counter))
    return CentreMarks(
        versions,
        lists,
        tuple(JournalMark(*row) for row in journals),
        {row.id: _state(row) for row in connection.execute(sa.select(device).order_by(device.c.id))},
        _highest(connection, status_change.c.number),
        _highest(connection, erasure.c.number),
        head.number,
        head.hash,
        {row.issuer.hex(): row.counter for row in counters},
        int(connection.execute(sa.select(sa.func.count()).select_from(subject)).scalar_one()),
    )


def lost(backup: CentreMarks, there: CentreMarks, connection: sa.Connection) -> Iterator[str]:
    """A line for what the centre of that database has come to since the backup."""
    for name, version in sorted(there.versions.items()):
        if version > backup.versions.get(name, 0):
            known = backup.versions.get(name, 0)
            yield f"{name}: version {version} was published, the backup knows {known}: what was set then"
    for name, number in sorted(there.lists.items()):
        if number > backup.lists.get(name, 0):
            yield f"{name}: {number - backup.lists.get(name, 0)} lists of urgent revocations: who is on them"
    yield from _statuses(connection, backup.status)
    if there.erasure > backup.erasure:
        yield from _erasures(connection, backup.erasure)
    yield from _devices(backup.devices, there.devices)
    yield from _events(backup.journals, there.journals)
    if there.act > backup.act:
        yield from _acts(connection, backup.act)


def _statuses(connection: sa.Connection, after: int) -> Iterator[str]:
    query = (
        sa.select(status_change).where(status_change.c.number > after).order_by(status_change.c.number.desc())
    )
    rows = connection.execute(query.limit(_MOST_NAMED + 1)).all()
    for row in rows[:_MOST_NAMED]:
        yield f"{row.subject} of {row.site}: status {_status(row.record)}, set by {row.actor}"
    if len(rows) > _MOST_NAMED:
        yield "and more statuses, set before these"


def _status(record: bytes) -> str:
    try:
        return shown(json_of(record, StatusRecord))
    except Undecodable:
        return "(unreadable)"


def _erasures(connection: sa.Connection, after: int) -> Iterator[str]:
    """Who was erased would be known again: named by the reference, which is all that may be."""
    query = sa.select(erasure.c.reference, erasure.c.site).where(erasure.c.number > after)
    for row in connection.execute(query.limit(_MOST_NAMED)):
        yield f"the erasure {row.reference} of {row.site}: that person would be known again"


def _devices(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name, state in now.items():
        if name not in before:
            yield f"device {name}: was made since, and would not be believed"
        elif state != before[name]:
            yield f"device {name}: {state} since, and would be {before[name]} again"


def _events(before: tuple[JournalMark, ...], now: tuple[JournalMark, ...]) -> Iterator[str]:
    """What gates were told that central has: they may drop all of it but the newest million."""
    had = {(mark.device, mark.epoch): mark.prefix for mark in before}
    for mark in now:
        since = mark.prefix - had.get((mark.device, mark.epoch), 0)
        if since > KEPT_BY_GATES:
            gone = since - KEPT_BY_GATES
            yield (
                f"{mark.device}: {counted(gone, 'event')} that it was told it may drop; its newest come again"
            )
        elif since > 0:
            yield (
                f"{mark.device}: nothing, if the gate lives: what it wrote since "
                f"({counted(since, 'event')}) comes again"
            )


def _acts(connection: sa.Connection, after: int) -> Iterator[str]:
    query = (
        sa.select(audit_entry.c.act, sa.func.count())
        .where(audit_entry.c.number > after)
        .group_by(audit_entry.c.act)
        .order_by(sa.func.count().desc())
    )
    acts = ", ".join(f"{count} × {act}" for act, count in connection.execute(query))
    yield f"what people did here since, and the record of it: {acts}"


def _state(row: sa.Row[tuple[object, ...]]) -> str:
    if row.retired_at is not None:
        return "retired"
    return "in service" if row.suspended_at is None else "suspended"


def _highest(connection: sa.Connection, column: sa.ColumnElement[int]) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one())
