"""The evidence of a receipt, for somebody else to check: the gate's event, and what central signs of it.

The event is as the gate wrote it, with its place in the chain; its hash follows from it. Central's signed
acknowledgement says that this event, with this hash, is the last of what it has stored so far of the journal
whose batches the device signed. The batches themselves name other people, and are not kept.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import ClockTrust
from edge.errors import JournalError
from edge.journal.format import (
    OWN_FIELDS,
    Acknowledgement,
    Entry,
    RemovalConfirmed,
    entry_from,
    is_whole,
    understood,
    verify_acknowledgement,
)
from edge.signing.cose import MessageRefused, keys_of
from edge.support.decoding import Undecodable, json_of
from sync.central.history.events import event_at
from sync.central.reported.tables import receipt
from sync.central.tables import chain
from sync.wire import seal_message

_REMEDY = "ask for it again: gatepost central receipt show SITE REFERENCE --evidence FOLDER"


class RemovalEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gate's confirmation. Bytes are in hexadecimal, times microseconds since 1970 UTC.

    `acknowledgement` is central's message to `device`, as signed; `monotonic` is a number of seconds.
    """

    reference: str
    device: str
    gate: str
    epoch: str
    sequence: int
    at: int
    trust: ClockTrust
    monotonic: float
    kind: str
    body: str
    previous: str
    hash: str
    acknowledgement: str


class EvidenceRefused(JournalError):
    """The evidence does not show what it says."""


def evidence_of(
    connection: sa.Connection, reference: bytes, key: Ed25519PrivateKey, now: int
) -> list[RemovalEvidence]:
    """The evidence of each gate that has confirmed the removal `reference`; `key` is central's."""
    query = (
        sa.select(receipt.c.sequence, chain.c.number, chain.c.device, chain.c.epoch, chain.c.gate)
        .join(chain, chain.c.number == receipt.c.chain)
        .where(receipt.c.reference == reference, receipt.c.places == "", receipt.c.sequence <= chain.c.prefix)
        .order_by(chain.c.device, receipt.c.sequence)
    )
    found = []
    for row in connection.execute(query).all():
        told = event_at(connection, row.number, row.sequence)
        if told is None:
            continue
        entry = entry_from(row.epoch, row.gate, [getattr(told, name) for name in OWN_FIELDS])
        said = Acknowledgement(entry.epoch, entry.sequence, entry.hash, now)
        found.append(_evidence(reference, row.device, entry, seal_message(said, row.device, key).data))
    return found


def checked_evidence(data: bytes, central: bytes) -> tuple[RemovalEvidence, RemovalConfirmed]:
    """The evidence in `data`, and what the gate confirmed, by central's public key.

    Raises EvidenceRefused.
    """
    try:
        told = json_of(data, RemovalEvidence)
        entry = _entry(told)
        said = verify_acknowledgement(bytes.fromhex(told.acknowledgement), told.device, keys_of([central]))
    except (Undecodable, ValueError) as error:
        raise EvidenceRefused(f"not the evidence of a receipt: {error}", remedy=_REMEDY) from None
    except MessageRefused as error:
        raise EvidenceRefused(
            f"central's signature does not hold: {error.what}", remedy="name the right central.pub"
        ) from None
    if not is_whole(entry):
        raise EvidenceRefused("the event was changed: its hash is another", remedy=_REMEDY)
    if (said.epoch, said.sequence, said.hash) != (entry.epoch, entry.sequence, entry.hash):
        raise EvidenceRefused("the event is not the one that central acknowledged", remedy=_REMEDY)
    confirmed = understood(entry)
    named = confirmed.gone if isinstance(confirmed, RemovalConfirmed) else ()
    if not isinstance(confirmed, RemovalConfirmed) or told.reference not in {
        item.reference for item in named
    }:
        raise EvidenceRefused(f"the event does not confirm removal {told.reference}", remedy=_REMEDY)
    return told, confirmed


def _evidence(reference: bytes, device: str, entry: Entry, acknowledgement: bytes) -> RemovalEvidence:
    return RemovalEvidence(
        reference.hex(),
        device,
        entry.gate,
        entry.epoch.hex(),
        entry.sequence,
        entry.at,
        entry.trust,
        entry.monotonic,
        entry.kind,
        entry.body.hex(),
        entry.previous.hex(),
        entry.hash.hex(),
        acknowledgement.hex(),
    )


def _entry(told: RemovalEvidence) -> Entry:
    epoch, body, previous, digest = map(bytes.fromhex, (told.epoch, told.body, told.previous, told.hash))
    return Entry(
        epoch,
        told.gate,
        told.sequence,
        told.at,
        told.trust,
        told.monotonic,
        told.kind,
        body,
        previous,
        digest,
    )
