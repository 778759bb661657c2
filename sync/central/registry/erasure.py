"""Makes the receipt of an erasure, by searching every place where a subject could still be known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sync.central.people.core import ErasedFrom, ErasureReceipt, GateErasure
from sync.central.people.erasing import HOLDINGS, tables_knowing
from sync.central.people.erasures import Erasure, erasures_of
from sync.central.registry.publications import held_versions
from sync.central.registry.publisher import Publisher
from sync.central.reported.receipts import (
    GateReceipt,
    RemovalReceipts,
    erasure_receipts,
    revocation_receipts,
)


@dataclass(frozen=True)
class Receipt:
    """Where a subject was searched for at `at`, and still found. `was_known`: something is kept of them, or
    that they were erased or revoked; of any other id nothing was erased.

    `gates` are the gates whose version knows the subject, or is not kept here any more, with that
    version; `clean` those whose version does not.
    """

    site: str
    subject: str
    at: datetime
    tables: tuple[str, ...]
    versions: tuple[int, ...]
    gates: Mapping[str, int]
    clean: Mapping[str, int]
    was_known: bool

    @property
    def is_complete(self) -> bool:
        """Whether the subject was found nowhere."""
        return not (self.tables or self.versions or self.gates)


def receipt_of(
    connection: sa.Connection, publisher: Publisher, site: str, identity: str, now: datetime
) -> Receipt:
    """Search for `identity` at `site`. Raises RegistryError if what was published cannot be read."""
    tables = tables_knowing(connection, site, identity)
    knowing = publisher.versions_knowing(site, identity)
    held = held_versions(connection, site)
    gates = {device: version for device, version in held.items() if version and knowing.get(version, True)}
    clean = {device: version for device, version in held.items() if device not in gates}
    versions = tuple(version for version, knows in knowing.items() if knows)
    listed = publisher.revoked(site)
    is_revoked = listed is not None and identity in listed.subjects
    was_known = bool(tables or versions or is_revoked or erasures_of(connection, site, identity))
    return Receipt(site, identity, now, tables, versions, gates, clean, was_known)


def erasure_receipt(connection: sa.Connection, erasure: Erasure, now: int, bound: int) -> ErasureReceipt:
    """What the centre can say of an erasure at `now`; within `bound` (microseconds) every gate confirms."""
    remains = (f"{holding.table}: {holding.why}" for holding in HOLDINGS if holding.why)
    return ErasureReceipt(
        erasure.reference,
        erasure.site,
        erasure.subject,
        erasure.actor,
        erasure.at,
        now,
        tuple(ErasedFrom(table, rows) for table, rows in sorted(erasure.erased.items())),
        tuple(_gates(connection, erasure, now, bound)),
        (*remains, "event: the journals of the gates keep the id, since each is a chain that a gate signed"),
    )


def _gates(connection: sa.Connection, erasure: Erasure, now: int, bound: int) -> Iterator[GateErasure]:
    """Each gate of the site, and what it has confirmed; the same reference travels to the gates."""
    refused = _by_device(revocation_receipts(connection, erasure.site, erasure.reference, now, bound))
    erased = _by_device(erasure_receipts(connection, erasure.site, erasure.reference, now, bound))
    is_late = erasure.at < now - bound
    for device in sorted({*held_versions(connection, erasure.site), *refused, *erased}):
        gone = erased.get(device)
        yield GateErasure(
            device,
            None if device not in refused else refused[device].confirmed_at,
            None if gone is None else gone.confirmed_at,
            None if gone is None else gone.sequence,
            is_late and (gone is None or gone.confirmed_at is None),
        )


def _by_device(found: Iterable[RemovalReceipts]) -> dict[str, GateReceipt]:
    return {gate.device: gate for removal in found for gate in removal.gates}
