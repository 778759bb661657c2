"""journal.json: how an event is hashed, and what a centre answers to batches that come one after another.

`events`: rows of one chain, what is hashed of each, its hash. `bodies`: what events say, by the rule of
their kind. `stories`: what a centre that knows nothing of the device answers to each message, in this
order: the acknowledgement's sequence and hash, the code of a refusal, or neither; and the findings that are
new (kind, first, last sequence).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from edge.decision import Direction
from edge.journal.format import START, Entry, link, told
from edge.journal.format.access import CodeFlood
from edge.journal.format.clock import ClockConfirmed
from edge.journal.format.counting import OccupancyReset
from edge.journal.format.gate import GateStopped
from edge.journal.format.journal import JournalSalvaged
from edge.journal.format.kinds import Event
from edge.journal.format.lane import LanePassed
from edge.signing.cose import encode_value
from sync.wire import JournalBatch, batch_of, seal_message
from tests.protocol.page import rule_of
from tests.protocol.vectors.notation import about, decoded, public, secret
from tests.sync.wire.examples import DEVICE, EPOCH, KEY, chained

_KEY = 0
_BODIES: tuple[Event, ...] = (
    GateStopped(),
    CodeFlood(7, 65504.0),
    ClockConfirmed(-0.25, datetime(2026, 3, 3, tzinfo=UTC)),
    OccupancyReset("2026-03-02", "2026-03-03", 12),
    JournalSalvaged("journal.damaged", 40, {EPOCH.hex(): ((3, 4), (9, 9))}),
    LanePassed(Direction.ENTRY, "counted", "grant", "d-0001"),
    LanePassed(None, "estimated", "override"),
)


def vectors() -> dict[str, Any]:
    return {
        "about": about(sys.modules[__name__]),
        "device": DEVICE,
        "secret": secret(_KEY),
        "public": public(_KEY).hex(),
        "events": [_event(entry) for entry in chained(3)],
        "bodies": [_body(event) for event in _BODIES],
        "stories": [{"name": name, "steps": steps} for name, steps in _stories().items()],
    }


def _body(event: Event) -> dict[str, Any]:
    kind, body = told(event)
    return {"name": kind, "rule": rule_of(type(event)), "value": decoded(body), "body": body.hex()}


def _event(entry: Entry) -> dict[str, Any]:
    fields = [getattr(entry, name) for name in Entry.__struct_fields__ if name != "hash"]
    return {
        "sequence": entry.sequence,
        "previous": entry.previous.hex(),
        "row": decoded(encode_value(batch_of([entry], entry.sequence - 1).rows[0])),
        "hashed": encode_value(["gatepost-journal-1", *fields]).hex(),
        "hash": entry.hash.hex(),
    }


def _stories() -> dict[str, list[dict[str, Any]]]:
    journal, fork = chained(6), _forked(chained(6))
    other = chained(6, gate="side")
    altered = _batch(journal[2:4])
    altered = replace(altered, rows=(altered.rows[0], replace(altered.rows[1], kind="gate_stopped")))
    far, reached = journal[5], _at_sequence(journal[5], 2 + 2**24)
    years = _at_sequence(journal[5], 2**32)
    return {
        "a question first": [
            _step(JournalBatch(EPOCH, "main", 1, 0, START), ack=None),
            _step(_batch(journal[:2]), ack=journal[1]),
        ],
        "in order, and a duplicate": [
            _step(_batch(journal[:3]), ack=journal[2]),
            _step(_batch(journal[:3]), ack=journal[2]),
            _step(_batch(journal[2:]), ack=journal[5]),
        ],
        "out of order: what is before it is waited for": [
            _step(_batch(journal[3:]), ack=None),
            _step(_batch(journal[:3]), ack=journal[5]),
        ],
        "a gap that the gate declares": [
            _step(_batch(journal[:2]), ack=journal[1]),
            _step(batch_of(journal[4:], 2), ack=journal[5], findings=[("missing", 3, 4)]),
        ],
        "a fork": [
            _step(_batch(journal[:4]), ack=journal[3]),
            _step(_batch(fork[2:4]), ack=journal[3], findings=[("forked", 3, 3)]),
        ],
        "altered: nothing of it is stored, and the genuine events that come later are": [
            _step(_batch(journal[:2]), ack=journal[1]),
            _step(altered, refusal="altered", findings=[("altered", 3, 4)]),
            _step(_batch(journal[2:4]), ack=journal[3]),
        ],
        "sequence 1 names a predecessor": [
            _step(replace(_batch(journal[:2]), previous=bytes(31) + b"x"), refusal="invalid"),
        ],
        "after is not before first": [
            _step(replace(_batch(journal[2:4]), after=3), refusal="invalid"),
        ],
        "beyond the last sequence": [
            _step(replace(_batch([far]), first=2**63 - 1, after=2**63 - 2), refusal="invalid"),
        ],
        "a gap whose events arrive all the same": [
            _step(_batch(journal[:2]), ack=journal[1]),
            _step(batch_of(journal[4:], 2), ack=journal[5], findings=[("missing", 3, 4)]),
            _step(_batch(journal[2:4]), ack=journal[5]),
        ],
        "farther than the chain can reach": [
            _step(_batch(journal[:2]), ack=journal[1]),
            _step(
                _batch([_at_sequence(far, 2 + 2**24 + 1)]),
                refusal="unreachable",
                findings=[("unreadable", 0, 0)],
            ),
            _step(batch_of([reached], 2), ack=reached, findings=[("missing", 3, 1 + 2**24)]),
        ],
        "a gate of many years, of which the centre has nothing": [
            _step(batch_of([years], 0), ack=years, findings=[("missing", 1, 2**32 - 1)]),
        ],
        "two gates' names on one epoch are two chains' hashes": [
            _step(_batch(other[:1]), ack=other[0]),
        ],
    }


def _at_sequence(entry: Entry, sequence: int) -> Entry:
    """The same event, as far on in the chain."""
    plain = {name: getattr(entry, name) for name in Entry.__struct_fields__ if name != "hash"}
    return link(**plain | {"sequence": sequence})


def _forked(entries: Sequence[Entry]) -> list[Entry]:
    """A chain that goes on otherwise from its third event: another store counted the same epoch."""
    made = list(entries[:2])
    for entry in entries[2:]:
        plain = {name: getattr(entry, name) for name in Entry.__struct_fields__ if name != "hash"}
        made.append(link(**plain | {"at": entry.at + 500, "previous": made[-1].hash}))
    return made


def _batch(entries: Sequence[Entry]) -> JournalBatch:
    return batch_of(entries, entries[0].sequence - 1)


_NOTHING = object()


def _step(
    batch: JournalBatch,
    *,
    ack: Entry | object | None = _NOTHING,
    refusal: str = "",
    findings: Sequence[tuple[str, int, int]] = (),
) -> dict[str, Any]:
    out = seal_message(batch, DEVICE, KEY)
    answer: dict[str, Any] = {}
    if ack is None:
        answer["acknowledgement"] = {"sequence": 0, "hash": START.hex()}
    elif isinstance(ack, Entry):
        answer["acknowledgement"] = {"sequence": ack.sequence, "hash": ack.hash.hex()}
    else:
        answer["refusal"] = refusal
    answer["findings"] = [list(item) for item in findings]
    return {
        "topic": out.topic,
        "value": decoded(encode_value(batch)),
        "message": out.data.hex(),
        "expect": answer,
    }
