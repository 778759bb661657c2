"""Keeps what events say of their gate, in the transaction that stores them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import sqlalchemy as sa

from edge.journal.format import (
    CommandResultEvent,
    Entry,
    Event,
    EventKind,
    LaneClosed,
    LaneEvent,
    ProbeDecided,
    RemovalConfirmed,
    RemovalUnfinished,
    understood,
)
from sync.central.reported.commands import note_verdict
from sync.central.reported.core import ConditionChange, changes_of
from sync.central.reported.tables import gate_condition, probe, receipt, removal
from sync.central.store import insert_or_update
from sync.central.tables import device as devices
from sync.central.tables import publication

_LONGEST_TEXT = 500
"""Characters of a text that a gate tells, kept here; the event has all of it."""


_CLOSED = LaneClosed.kind.value
_OF_SOMEBODY = frozenset({"access_decided", "lane_opened", "lane_passed", "lane_no_entry"})
"""What is told most often, and never of the gate itself."""


class ReportFollower:
    """Follows the journals, and keeps what they say of the gates themselves."""

    kinds = frozenset(kind.value for kind in (*EventKind, *LaneEvent)) - _OF_SOMEBODY

    def arrived(
        self, connection: sa.Connection, device: str, chain: int, entries: Sequence[Entry], now: int
    ) -> None:
        for entry in entries:
            event = understood(entry) if entry.kind != _CLOSED else None
            if event is not None:
                _told_event(connection, device, chain, entry, event, now)
        _closed(connection, device, chain, entries)

    def displaced(self, connection: sa.Connection, chain: int, sequences: Collection[int]) -> None:
        """What a gate said of itself stays: what it says next takes its place."""


def _told_event(
    connection: sa.Connection, device: str, chain: int, entry: Entry, event: Event, now: int
) -> None:
    place = {"device": device, "chain": chain, "sequence": entry.sequence}
    match event:
        case ProbeDecided():
            _probed(connection, place, entry, event, now)
        case CommandResultEvent():
            _answered(connection, device, entry, event)
        case RemovalConfirmed() | RemovalUnfinished():
            _removals(connection, place, entry, event, now)
        case _:
            for change in changes_of(event, entry.sequence):
                _condition(connection, place, entry, change)


def _closed(connection: sa.Connection, device: str, chain: int, arrived: Sequence[Entry]) -> None:
    """End what a barrier that closes ends, where it holds: the last of a batch says it for all of them."""
    last = next((entry for entry in reversed(arrived) if entry.kind == _CLOSED), None)
    if last is None:
        return
    held = set(connection.execute(_HELD, {"of_device": device}).scalars())
    place = {"device": device, "chain": chain, "sequence": last.sequence}
    for change in changes_of(LaneClosed()):
        if change.what in held:
            _condition(connection, place, last, change)


_HELD = sa.select(gate_condition.c.what).where(
    gate_condition.c.device == sa.bindparam("of_device"), gate_condition.c.holds
)


def _probed(
    connection: sa.Connection, place: Mapping[str, object], entry: Entry, event: ProbeDecided, now: int
) -> None:
    told = {
        **place,
        "at": entry.at,
        "arrived": now,
        "wrong": _text(" ".join(event.wrong)),
        "camera": _text(event.camera),
        "took": event.took,
        "worked_at": None if event.wrong else entry.at,
    }
    connection.execute(_put_probe(connection.dialect.name), told)


@cache
def _put_probe(dialect: str) -> Any:
    insert = insert_or_update(dialect, probe)
    newer = {column.name: insert.excluded[column.name] for column in probe.c if column.name != "device"}
    newer["worked_at"] = sa.func.coalesce(insert.excluded.worked_at, probe.c.worked_at)
    return insert.on_conflict_do_update(
        index_elements=["device"], set_=newer, where=_is_later(insert.excluded, probe)
    )


def _condition(
    connection: sa.Connection, place: Mapping[str, object], entry: Entry, change: ConditionChange
) -> None:
    told = {
        **place,
        "what": change.what,
        "item": _text(change.item),
        "holds": change.holds,
        "detail": _text(change.detail),
        "since": entry.at,
    }
    connection.execute(_put_condition(connection.dialect.name), told)


@cache
def _put_condition(dialect: str) -> Any:
    insert = insert_or_update(dialect, gate_condition)
    goes_on = gate_condition.c.holds & insert.excluded.holds
    newer = {name: insert.excluded[name] for name in ("chain", "sequence", "holds", "detail")}
    newer["since"] = sa.case((goes_on, gate_condition.c.since), else_=insert.excluded.since)
    return insert.on_conflict_do_update(
        index_elements=["device", "what", "item"],
        set_=newer,
        where=_is_later(insert.excluded, gate_condition),
    )


def _removals(
    connection: sa.Connection,
    place: Mapping[str, object],
    entry: Entry,
    event: RemovalConfirmed | RemovalUnfinished,
    now: int,
) -> None:
    """A gate speaks of the removals of its own site alone: others are not believed, nor is a registry or a
    list that never had the removal.
    """
    for reference, by, templates, places in _told(event):
        known = connection.execute(
            _REMOVAL, {"wanted": reference, "of_device": place["device"]}
        ).one_or_none()
        if known is None or not _can_be(known, by, event.number):
            continue
        insert = insert_or_update(connection.dialect.name, receipt)
        told = {
            **place,
            "reference": reference,
            "by": by,
            "at": entry.at,
            "arrived": now,
            "number": event.number,
            "templates": templates,
            "places": places,
        }
        newer = {name: insert.excluded[name] for name in told if name not in {"reference", "device", "by"}}
        # What was confirmed stays so, as it was said first: a gate that starts says it again.
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["reference", "device", "by"], set_=newer, where=receipt.c.places != ""
            ),
            told,
        )


def _told(event: RemovalConfirmed | RemovalUnfinished) -> Iterator[tuple[bytes, str, int, str]]:
    """Reference, by what, how many templates, and where it is still known, of each removal."""
    if isinstance(event, RemovalConfirmed):
        told = [(item.reference, event.by, item.templates, "") for item in event.gone]
    else:
        places = _text(" ".join(event.places)) or "somewhere"
        told = [(reference, "registry", 0, places) for reference in event.references]
    for reference, by, templates, places in told:
        try:
            yield bytes.fromhex(reference), by, max(0, min(templates, 2**31 - 1)), places
        except ValueError:
            continue


def _answered(connection: sa.Connection, device: str, entry: Entry, event: CommandResultEvent) -> None:
    """The gate's own word on a command that was asked for here."""
    with suppress(ValueError):
        nonce, challenge = bytes.fromhex(event.nonce), bytes.fromhex(event.challenge)
        note_verdict(connection, device, nonce, (event.outcome, event.text, challenge), entry.at)


def _text(told: str) -> str:
    """A gate's words as both databases take them."""
    return told.replace("\0", "")[:_LONGEST_TEXT]


def _can_be(known: sa.Row[Any, Any, Any], by: str, number: int) -> bool:
    """Whether a registry or list of this number has the removal, and was ever published."""
    if by == "registry":
        return known.version is not None and known.version <= number <= (known.newest or 0)
    return known.list is not None and known.list <= number


_REMOVAL = (
    sa.select(removal.c.version, removal.c.list, publication.c.version.label("newest"))
    .join(devices, devices.c.site == removal.c.site)
    .outerjoin(publication, publication.c.site == removal.c.site)
    .where(removal.c.reference == sa.bindparam("wanted"), devices.c.id == sa.bindparam("of_device"))
)


def _is_later(
    told: sa.ColumnCollection[str, sa.ColumnElement[object]], held: sa.Table
) -> sa.ColumnElement[bool]:
    """Whether an event comes after the one that was kept: in its journal, or in a later one."""
    return sa.or_(
        told.chain > held.c.chain,
        sa.and_(told.chain == held.c.chain, told.sequence > held.c.sequence),
    )
