"""Explains a past decision: the same `decide()` on what was written down of it, or what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import Decision, Guidance, Policy, identified_by
from edge.journal.format import AccessDecided, Entry, event_of
from edge.prompts.texts import told_of
from edge.registry.format import BundleRefused
from edge.support.decoding import Undecodable
from edge.support.phrases import phrase
from sync.central.accesses.accesses import access_site
from sync.central.explain.core import (
    HeldVersion,
    Instead,
    Replay,
    ReplayGap,
    RuleLine,
    instead_of,
    lines_of,
    replay_of,
)
from sync.central.history.events import EventRow, event_at
from sync.central.journals.journals import entry_of
from sync.central.places.sight import Sight
from sync.central.registry.archive import ArchivedVersion, MissingVersion, subject_in, version_at
from sync.central.store import StoreError
from sync.central.tables import chain, device


@dataclass(frozen=True)
class Explanation:
    """Why a gate decided as it did.

    `decision` is what the gate wrote, `again` what the same `decide()` says today (None: a gap prevents it),
    `lines` the rules in the order in which they were asked, `instead` what would have let the person pass.
    `version` is what the archive has of the registry's version; None: the gate held none.
    """

    device: str
    epoch: bytes
    site: str
    gate: str
    entry: Entry
    event: AccessDecided
    version: ArchivedVersion | MissingVersion | None
    replay: Replay
    again: Decision | None
    lines: tuple[RuleLine, ...]
    instead: tuple[Instead, ...]

    @property
    def decision(self) -> Decision:
        return self.event.decision

    @property
    def subject(self) -> str | None:
        """The id of whom the evidence names."""
        return identified_by(self.event.evidence)

    @property
    def gaps(self) -> tuple[ReplayGap, ...]:
        return self.replay.gaps

    @property
    def is_same(self) -> bool:
        """Whether deciding again gives the same."""
        return self.again == self.decision

    @property
    def shown(self) -> Guidance | None:
        """What the person was shown and told, in both languages, as discreetly as the rules then said."""
        policy = self.version.rules.policy if isinstance(self.version, ArchivedVersion) else Policy()
        told = told_of(self.decision.reason, self.decision.outcome, discreet=policy.screen.discreet)
        return None if told is None else told.guidance


def explain(
    connection: sa.Connection, sight: Sight, device_id: str, epoch: bytes | None, sequence: int
) -> Explanation:
    """Explain event `sequence` of a device's `epoch` (None: the newest that has it).

    Raises StoreError where there is no such event in sight, or it is no decision.
    """
    row, stored = _row(connection, device_id, epoch, sequence)
    site = access_site(connection, row.number, sequence, stored.at) or row.of_site
    if not sight.has_site(connection, site):  # before anything is decided again: that takes time
        raise _not_there(device_id, sequence)
    entry = entry_of(stored, row.of_epoch, row.of_gate)
    try:
        said = event_of(entry)
    except Undecodable as error:
        raise StoreError(
            phrase(
                "event %(sequence)s of %(device_id)s cannot be read: %(why)s",
                sequence=sequence,
                device_id=device_id,
                why=error,
            )
        ) from None
    if not isinstance(said, AccessDecided):
        raise StoreError(
            phrase(
                "event %(sequence)s of %(device_id)s is %(kind)s, expected %(expected)s",
                sequence=sequence,
                device_id=device_id,
                kind=entry.kind,
                expected=AccessDecided.kind,
            ),
            remedy=phrase("gatepost central journal tail --device %(device_id)s", device_id=device_id),
        )
    version, held = _held(connection, site, said)
    replay = replay_of(said, entry.wall, (site, entry.gate), held)
    moment = replay.moment
    return Explanation(
        device_id,
        row.of_epoch,
        site,
        entry.gate,
        entry,
        said,
        version,
        replay,
        None if moment is None else moment.decide(),
        () if moment is None else lines_of(moment),
        () if moment is None else instead_of(moment),
    )


# --- inside --------------------------------------------------------------------------------


def _row(
    connection: sa.Connection, device_id: str, epoch: bytes | None, sequence: int
) -> tuple[Any, EventRow]:
    """The newest chain that has the event, with its place, and the event. Raises StoreError."""
    query = (
        sa.select(
            chain.c.number,
            chain.c.epoch.label("of_epoch"),
            chain.c.gate.label("of_gate"),
            device.c.site.label("of_site"),
        )
        .join(device, device.c.id == chain.c.device)
        .where(chain.c.device == device_id, chain.c.highest >= sequence)
        .order_by(chain.c.number.desc())
    )
    for row in connection.execute(query if epoch is None else query.where(chain.c.epoch == epoch)).all():
        stored = event_at(connection, row.number, sequence)
        if stored is not None:
            return row, stored
    raise _not_there(device_id, sequence)


def _not_there(device_id: str, sequence: int) -> StoreError:
    return StoreError(
        phrase("there is no event %(sequence)s of %(device_id)r", sequence=sequence, device_id=device_id),
        remedy=phrase("gatepost central journal tail shows what has arrived"),
    )


def _held(
    connection: sa.Connection, site: str, said: AccessDecided
) -> tuple[ArchivedVersion | MissingVersion | None, HeldVersion | None]:
    """What the archive has of the version that an event names."""
    if said.registry is None:
        return None, None
    version = version_at(connection, site, said.registry)
    if isinstance(version, MissingVersion):
        return version, None
    named, subject = identified_by(said.evidence), None
    if named is not None:
        try:
            subject = subject_in(connection, site, said.registry, named)
        except BundleRefused:
            subject = None  # then it is missing, as it is where it was erased
    return version, HeldVersion(version.rules.policy, version.issued, version.expires, subject)
