"""Applies changes at one site: records, history, policy, and whom the gates are to drop at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.decision import HomeIsolation, Subject
from edge.errors import ConfigurationError
from edge.support.phrases import phrase
from sync.central.changes.core import (
    Change,
    ChangesOutcome,
    ImpossibleChange,
    PutPolicy,
    SetStatus,
    kind_of,
    outcome,
    subject_of,
)
from sync.central.changes.corrections import note_correction
from sync.central.changes.forgetting import forget_in_waiting, forget_reasons_about
from sync.central.changes.policies import KeptPolicy, keep_policy, kept_policy, policy_of
from sync.central.changes.tables import applied_change, change_part, pending_revocation
from sync.central.people.consents import withdrawn
from sync.central.people.erasures import note_erasure
from sync.central.people.isolations import note_isolations
from sync.central.people.subjects import (
    held_subjects,
    note_statuses,
    put_subjects,
    put_templates,
    remove_subject,
)
from sync.central.store import StoreError, insert_unless_there
from sync.central.tables import site as site_table


@dataclass(frozen=True)
class AtSite:
    """Changes at one site, the records that are held of those whom they are about, and what they come to."""

    site: str
    changes: tuple[Change, ...]
    held: Mapping[str, Subject]
    made: ChangesOutcome

    def counts(self) -> Counter[str]:
        """How many changes there are of each kind."""
        return Counter(map(kind_of, self.changes))


@dataclass(frozen=True)
class Names:
    """Who asked, who approved ("": nobody had to), and why."""

    asked_by: str
    approved_by: str
    why: str

    @property
    def both(self) -> str:
        return f"{self.asked_by}, approved by {self.approved_by}" if self.approved_by else self.asked_by


def at_sites(connection: sa.Connection, changes: Sequence[Change]) -> tuple[AtSite, ...]:
    """What `changes` come to at each site. Until the transaction ends nobody else changes anything there.

    Raises StoreError if a site or a person is not known, or a policy cannot be one.
    """
    by_site: dict[str, list[Change]] = {}
    for change in changes:
        by_site.setdefault(change.site, []).append(change)
    hold_sites(connection, by_site)
    return tuple(_at_site(connection, name, tuple(by_site[name])) for name in sorted(by_site))


def hold_sites(connection: sa.Connection, names: Iterable[str]) -> None:
    """Let nobody else change these sites until the transaction ends: all take them in one order."""
    for name in sorted(names):
        row = sa.select(site_table.c.id).where(site_table.c.id == name).with_for_update()
        if connection.execute(row).first() is None:
            raise StoreError(
                phrase("there is no site %(site)r", site=name), remedy=phrase("gatepost central site set")
            )


def apply_at_site(connection: sa.Connection, item: AtSite, number: int, names: Names, now: int) -> None:
    """Do what `item` comes to, as a part of the change set `number`."""
    made = item.made
    for identity in made.gone:
        _remove(connection, item, identity, names, now)
    if made.gone:
        forget_in_waiting(connection, item.site, frozenset(made.gone), now)
    put_subjects(connection, item.site, made.records.values(), now)
    note_isolations(connection, item.site, _isolated_anew(item), names.both, now, number)
    _put_faces(connection, item)
    note_statuses(connection, item.site, made.statuses, names.both, now)
    for identity in made.revoked:
        _revoke(connection, item.site, identity, now)
    for change in item.changes:
        if isinstance(change, SetStatus) and change.appeal is not None:
            who = names.both
            note_correction(connection, item.site, change.subject, change.appeal, number, who, now)
    for text in made.policies:
        _put_policy(connection, item.site, text, names, now)
    connection.execute(sa.insert(applied_change).values(site=item.site, change_set=number, at=now))


def checked_policy(site: str, text: str) -> None:
    """Raise StoreError if this is no policy.toml that `registry publish` would take."""
    try:
        policy_of(text, f"policy.toml of {site}")
    except ConfigurationError as error:
        raise error.retold(StoreError) from None


def note_parts(connection: sa.Connection, number: int, items: Sequence[AtSite]) -> None:
    """Record how many changes of each kind the change set `number` has at each site."""
    rows = [
        {"change_set": number, "site": item.site, "kind": kind, "count": count}
        for item in items
        for kind, count in item.counts().items()
    ]
    connection.execute(sa.insert(change_part), rows)


# --- inside ----------------------------------------------------------------------------------


def _at_site(connection: sa.Connection, name: str, changes: tuple[Change, ...]) -> AtSite:
    for change in changes:
        if isinstance(change, PutPolicy):
            checked_policy(name, change.text)
    held = held_subjects(connection, name, {subject_of(item) for item in changes} - {""})
    try:
        return AtSite(name, changes, held, outcome(held, changes))
    except ImpossibleChange as error:
        raise error.retold(StoreError) from None


def _isolated_anew(item: AtSite) -> dict[str, HomeIsolation | None]:
    """What is ordered now of those of whom something else was ordered before."""
    before = {name: held.isolation for name, held in item.held.items() if name not in item.made.gone}
    return {
        name: record.isolation
        for name, record in item.made.records.items()
        if record.isolation != before.get(name)
    }


def _put_faces(connection: sa.Connection, item: AtSite) -> None:
    """Put the templates; not of those who withdrew their consent, maybe while this waited."""
    faces = item.made.templates
    refusing = withdrawn(connection, item.site) if any(faces.values()) else {}
    for identity, sealed in faces.items():
        if not sealed or identity not in refusing:
            put_templates(connection, item.site, identity, sealed)


def _remove(connection: sa.Connection, item: AtSite, identity: str, names: Names, now: int) -> None:
    """Erase a person; of somebody whom only the gates know, what the archive has. The erasure is kept."""
    erased: dict[str, int] = {}
    forget_reasons_about(connection, item.site, identity)
    try:
        erased = remove_subject(connection, item.site, identity)
    except StoreError:
        if identity in item.held:
            raise
    note_erasure(connection, item.site, identity, erased, actor=names.both, why=names.why, now=now)


def _revoke(connection: sa.Connection, site: str, identity: str, now: int) -> None:
    row = {"site": site, "subject": identity, "at": now}
    connection.execute(insert_unless_there(connection, pending_revocation).values(**row))


def _put_policy(connection: sa.Connection, site: str, text: str, names: Names, now: int) -> None:
    before = kept_policy(connection, site)
    number = 1 if before is None else before.number + 1
    policy = KeptPolicy(number, text, now, names.asked_by, names.approved_by, names.why)
    keep_policy(connection, site, policy)
