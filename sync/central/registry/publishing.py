"""Publishes a site: its people from the database and its policy from files, as the next registry version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from edge.admin.publication import Edition
from edge.decision import StatusRecord
from edge.errors import RegistryError
from edge.registry.format import Content, Manifest, RecordKind, Records, records_of
from edge.signing.cose import microseconds
from edge.support.phrases import phrase
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.audit.audit import About, note
from sync.central.changes.applying import hold_sites
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import newest_statuses, note_status
from sync.central.registry.archive import archive_version
from sync.central.registry.contents import content_of
from sync.central.registry.core import Given, code_of, reverted
from sync.central.registry.publications import held_versions, note_published, published_version, unheard_since
from sync.central.registry.publisher import REGISTRY_LIFETIME, Publisher
from sync.central.registry.removals import erase_again, with_removals
from sync.central.registry.site_policy import InForce, keep_in_force, policy_in_force
from sync.central.registry.urgent import sign_pending_locked
from sync.central.registry.versions import SiteVersion, newest_change, note_version, versions_of
from sync.central.reported.removals import note_carried_by_version
from sync.central.store import Store


@dataclass(frozen=True)
class Acceptance:
    """The consent of `actor` to what the next version reverts, by the `code` of those lines."""

    code: str
    actor: str


class WouldRevert(RegistryError):
    """The next version would revert what gates were given: `lines` say what, `code` identifies them."""

    def __init__(self, site: str, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.code = code_of(lines)
        super().__init__(
            phrase(
                "not published: it would revert what gates were given, see the list of %(count)s",
                count=len(lines),
            ),
            where=site,
            remedy=phrase("if that is right: --accept %(code)s --actor NAME", code=self.code),
        )


def publish_site(
    store: Store,
    section: PublishingSection,
    publisher: Publisher,
    site: str,
    now: datetime,
    accepted: Acceptance | None = None,
    *,
    actor: Actor = SYSTEM,
    lifetime: timedelta = REGISTRY_LIFETIME,
) -> Manifest:
    """Publish what the database and the site's files say now, with changes from the versions that its
    gates hold, in the name of `actor`. It expires after `lifetime`.

    People whose revocation waits are revoked with it. Raises WouldRevert if it would revert what gates were
    given, unless exactly that is `accepted`.
    """
    at = microseconds(now)
    with publisher.lock(site):
        # First: who is known again since is in the version that follows, and not revoked in it.
        sign_pending_locked(store, publisher, site, now)
        plan = _plan(store, section, publisher, site, at)
        if plan.lines and (accepted is None or accepted.code != code_of(plan.lines)):
            raise WouldRevert(site, plan.lines)
        records = plan.given.records
        with store.writing() as connection:
            content = with_removals(connection, plan.content, records, publisher, site, now)
        edition = Edition(site, max(plan.given.newest, plan.known), now, now + lifetime)
        held = frozenset(plan.given.held.values())
        manifest = publisher.publish_locked(content, edition, held)
        if manifest.version != plan.given.version:
            records = publisher.records(site)
        with store.writing() as connection:
            hold_sites(connection, [site])
            note_published(connection, site, manifest.version, at)
            references = [item.reference for item in content.removals]
            note_carried_by_version(connection, references, manifest.version)
            keep = timedelta(days=section.archive_days)
            archive_version(connection, manifest, records, publisher.root, keep)
            keep_in_force(connection, site, plan.policy, at)
            people = len(plan.content.subjects)
            made = SiteVersion(manifest.version, at, actor.name, people, plan.policy.number)
            if note_version(connection, site, made, plan.up_to, actor.account):
                about = About("registry", str(manifest.version), site)
                note(connection, actor, "publish", about, at, detail={"people": people})
            if accepted is not None and plan.lines:
                _accept_statuses(connection, site, plan.content, plan.history, accepted.actor, at)
            erase_again(connection, site)
    return manifest


@dataclass(frozen=True)
class _Plan:
    """What the next version of a site would be made of; `lines` say what it would revert."""

    content: Content
    policy: InForce
    up_to: int
    known: int
    history: Mapping[str, StatusRecord]
    given: Given
    lines: tuple[str, ...]


def _plan(store: Store, section: PublishingSection, publisher: Publisher, site: str, now: int) -> _Plan:
    version, records = publisher.newest(site), publisher.records(site)
    with store.reading() as connection:
        up_to = newest_change(connection, site)
        policy = policy_in_force(connection, section.sites / site, site)
        content = content_of(connection, section, site, policy, now)
        known, history = published_version(connection, site), newest_statuses(connection, site)
        given = Given(version, records, publisher.revoked(site), held_versions(connection, site))
        restored = publisher.restored(site)
        unheard = unheard_since(connection, site, restored.at) if version <= restored.least_version else ()
    lines = (*_not_heard(unheard), *reverted(given, records_of(content, b""), known, history))
    return _Plan(content, policy, up_to, known, history, given, lines)


def _not_heard(gates: Sequence[str]) -> Iterator[str]:
    """What a centre that was put back from a backup cannot know yet."""
    for name in gates:
        yield (
            f"gate {name} has not been heard since the centre was put back from a backup: "
            f"it may hold what is not known here"
        )


@dataclass(frozen=True)
class VersionPreview:
    """What the next version of a site contains: `people`, of whom so many are new, changed, or gone since the
    newest; whether the policy is another; and what it would revert, with the code that accepts that.
    """

    version: int
    people: int
    new: int
    changed: int
    gone: int
    policy_changed: bool
    reverts: tuple[str, ...]
    code: str


def preview_of(
    store: Store, section: PublishingSection, publisher: Publisher, site: str, now: int
) -> VersionPreview:
    """What would be published now. Raises GatepostError where nothing could be."""
    plan = _plan(store, section, publisher, site, now)
    before, after = _people(plan.given.records), _people(records_of(plan.content, b""))
    changed = sum(before[key] != value for key, value in after.items() if key in before)
    with store.reading() as connection:
        last = next(iter(versions_of(connection, site, count=1)), None)
    return VersionPreview(
        max(plan.given.newest, plan.known) + 1,
        len(after),
        len(after.keys() - before.keys()),
        changed,
        len(before.keys() - after.keys()),
        last is not None and last.policy != plan.policy.number,
        plan.lines,
        code_of(plan.lines),
    )


def _people(records: Records) -> dict[bytes, bytes]:
    return {key: value for key, value in records.items() if key[0] == RecordKind.SUBJECT}


def _accept_statuses(
    connection: sa.Connection,
    site: str,
    content: Content,
    history: Mapping[str, StatusRecord],
    actor: str,
    now: int,
) -> None:
    """Record the accepted statuses in the history, in the name of `actor`, as the last that were set."""
    for subject in content.subjects:
        status = subject.status
        if status is not None and history.get(subject.id, status) != status:
            note_status(connection, site, subject.id, status, actor, now)
