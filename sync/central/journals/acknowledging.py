"""Lists what is wrong with journals, and notes who took care of it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.journals.findings import Finding, FindingKind
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import chain, device, finding, needs_somebody

_LONGEST_WHY = 500


@dataclass(frozen=True)
class ListedFinding:
    """A finding where it was found, since when, and who said why it needs nobody any more."""

    number: int
    site: str
    gate: str
    finding: Finding
    at: int
    acknowledged_by: str
    acknowledged_at: int | None
    acknowledged_why: str

    @property
    def is_open(self) -> bool:
        """Whether it needs somebody: it has neither ended nor been acknowledged."""
        return self.finding.needs_somebody


def findings_in(
    connection: sa.Connection, sight: Sight, *, device_id: str | None = None, only_open: bool = True,
    before: int | None = None, count: int,
) -> list[ListedFinding]:  # fmt: skip
    """Findings in sight, newest first, older than number `before`."""
    query = _LISTED.where(sight.of(device.c.site))
    if device_id is not None:
        query = query.where(chain.c.device == device_id)
    if only_open:
        query = query.where(needs_somebody)
    if before is not None:
        query = query.where(finding.c.number < before)
    rows = connection.execute(query.order_by(finding.c.number.desc()).limit(count))
    return [_listed(row) for row in rows]


def finding_at(connection: sa.Connection, sight: Sight, number: int) -> ListedFinding | None:
    """One finding; None if there is none in sight."""
    row = connection.execute(_LISTED.where(finding.c.number == number, sight.of(device.c.site))).one_or_none()
    return None if row is None else _listed(row)


def open_findings(connection: sa.Connection, sight: Sight) -> dict[str, int]:
    """How many findings of each site in sight need somebody."""
    query = (
        sa.select(device.c.site, sa.func.count())
        .join(chain, chain.c.number == finding.c.chain)
        .join(device, device.c.id == chain.c.device)
        .where(needs_somebody, sight.of(device.c.site))
        .group_by(device.c.site)
    )
    return {site: int(times) for site, times in connection.execute(query)}


def acknowledge_finding(
    connection: sa.Connection, actor: Actor, listed: ListedFinding, why: str, now: int
) -> None:
    """Note that `actor` took care of a finding, and why it needs nobody. Raises StoreError."""
    reason = why.strip()
    if not reason or len(reason) > _LONGEST_WHY:
        raise StoreError(
            phrase(
                "the reason has %(count)s characters, expected 1 to %(longest)s",
                count=len(reason),
                longest=_LONGEST_WHY,
            ),
            remedy=phrase("say what was found and done"),
        )
    changed = connection.execute(
        sa.update(finding)
        .where(finding.c.number == listed.number, finding.c.acknowledged_at.is_(None))
        .values(acknowledged_by=actor.name, acknowledged_at=now, acknowledged_why=reason)
    )
    if not changed.rowcount:
        raise StoreError(
            phrase("somebody has taken care of it already"),
            where=phrase("finding %(number)s", number=listed.number),
        )
    about = About("finding", str(listed.number), listed.site)
    detail = {"device": listed.finding.device, "kind": listed.finding.kind.value}
    note(connection, actor, "acknowledge_finding", about, now, why=reason, detail=detail)


_LISTED = (
    sa.select(finding, chain.c.device, chain.c.epoch, device.c.site, device.c.gate)
    .join(chain, chain.c.number == finding.c.chain)
    .join(device, device.c.id == chain.c.device)
)


def _listed(row: sa.Row[tuple[object, ...]]) -> ListedFinding:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    found = Finding(
        held["device"],
        held["epoch"],
        word_of(FindingKind, held["kind"]),
        held["first"],
        held["last"],
        held["detail"],
        held["ended_at"],
        held["acknowledged_at"],
    )
    return ListedFinding(
        held["number"],
        held["site"],
        held["gate"],
        found,
        held["at"],
        held["acknowledged_by"],
        held["acknowledged_at"],
        held["acknowledged_why"],
    )
