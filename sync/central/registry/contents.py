"""Publishes a site: its people from the database and its policy from files, as the next registry version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_bytes

import sqlalchemy as sa

from edge.admin.publication import Edition
from edge.calibration.files import read_calibration
from edge.decision import StatusRecord
from edge.errors import ConfigurationError, RegistryError
from edge.registry.format import (
    MOST_CHAIN_BYTES,
    MOST_PROBE_BYTES,
    Content,
    KeyRing,
    Manifest,
    RecordKind,
    Records,
    UrgentRevocations,
    id_of_seal_key,
    in_force,
    records_of,
    subject_key,
)
from edge.registry.key_offers import OFFER, read_offer
from edge.registry.keys import SEAL_KEY, read_anchor, read_public_keys, read_seal_keys
from edge.signing.cose import Stamp, microseconds
from edge.signing.key_files import read_private_key
from edge.support.files import read_bounded
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.audit.audit import About, forget, note
from sync.central.changes.applying import hold_sites
from sync.central.changes.forgetting import forget_in_waiting, forget_reasons_about
from sync.central.changes.tables import pending_revocation
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import (
    newest_statuses,
    note_status,
    remove_subject,
    subjects_of,
    templates_of,
)
from sync.central.registry.announcer import RegistryAnnouncer
from sync.central.registry.archive import archive_version
from sync.central.registry.core.reverting import Given, code_of, reverted
from sync.central.registry.publications import (
    held_versions,
    note_published,
    published_version,
    unheard_since,
)
from sync.central.registry.publisher import REGISTRY_LIFETIME, Publisher, PublishingKeys
from sync.central.registry.publisher_handler import HeardHello
from sync.central.registry.removals import erase_again, revoke_with_removals, with_removals
from sync.central.registry.site_policy import InForce, keep_in_force, policy_in_force
from sync.central.registry.versions import SiteVersion, newest_change, note_version, versions_of
from sync.central.reported.removals import note_carried_by_version
from sync.central.store import Store, StoreError
from sync.central.tables import device, in_service, stamp
from sync.central.visits.numbers import numbers_for_gates
from sync.wire import Channel

PROBE_PASS = "probe.pass"
"""In a site's folder: the test code that its gates show to themselves."""


def publisher_of(section: PublishingSection, entropy: Callable[[int], bytes] = token_bytes) -> Publisher:
    """The publisher that central.toml describes. Raises GatepostError if a key cannot be read."""
    return Publisher(section.folder, keys_of(section), entropy)


def keys_of(section: PublishingSection) -> PublishingKeys:
    """The keys by which central.toml publishes. Raises GatepostError if one cannot be read."""
    return PublishingKeys(
        read_anchor(section.root_key),
        roots_of(section),
        read_private_key(section.registry_key),
        read_private_key(section.policy_key),
        lambda site: seal_keys_of(section, site).current,
        lambda site: seal_keys_of(section, site).every[1:],
        lambda site: read_offer(section.sites / site / OFFER),
    )


def seal_keys_of(section: PublishingSection, site: str) -> KeyRing:
    """The seal keys of a site, the one in force first. Raises GatepostError if they cannot be read."""
    folder = section.sites / site
    return in_force(read_seal_keys(folder / SEAL_KEY), read_offer(folder / OFFER), id_of_seal_key)


def announcer_of(section: PublishingSection) -> RegistryAnnouncer:
    """The announcer that central.toml describes."""
    return RegistryAnnouncer(section.folder, partial(roots_of, section))


def roots_of(section: PublishingSection) -> bytes:
    """Read the chain of roots from its file. Raises ConfigurationError."""
    try:
        return read_bounded(section.roots, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(section.roots), remedy="gatepost root makes it"
        ) from None


def sites_of(store: Store) -> dict[str, str]:
    """The site of each device in service."""
    with store.reading() as connection:
        return {row.id: row.site for row in connection.execute(_SITES)}


def hellos_of(store: Store) -> dict[str, HeardHello]:
    """The newest hello of each device in service."""
    with store.reading() as connection:
        return {
            row.id: HeardHello(Stamp(row.epoch, row.counter), row.fingerprint or b"")
            for row in connection.execute(_HELLOS)
        }


_SITES = sa.select(device.c.id, device.c.site).where(in_service)
_HELLOS = (
    sa.select(device.c.id, device.c.fingerprint, stamp.c.epoch, stamp.c.counter)
    .join(stamp, stamp.c.device == device.c.id)
    .where(in_service, stamp.c.channel == Channel.HELLO.spoken)
)


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
            f"not published: it would revert what gates were given, see the list of {len(lines)}",
            where=site,
            remedy=f"if that is right: --accept {self.code} --actor NAME",
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
        _sign_pending(store, publisher, site, now)
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
        content = _content(connection, section, site, policy, now)
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
class Preview:
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
) -> Preview:
    """What would be published now. Raises GatepostError where nothing could be."""
    plan = _plan(store, section, publisher, site, now)
    before, after = _people(plan.given.records), _people(records_of(plan.content, b""))
    changed = sum(before[key] != value for key, value in after.items() if key in before)
    with store.reading() as connection:
        last = next(iter(versions_of(connection, site, count=1)), None)
    return Preview(
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


def sign_pending(store: Store, publisher: Publisher, site: str, now: datetime) -> tuple[str, ...]:
    """Revoke at once, at every version that gates may hold, everybody of a site whose revocation waits.

    Returns who they were. Raises GatepostError.
    """
    with publisher.lock(site):
        return _sign_pending(store, publisher, site, now)


def _sign_pending(store: Store, publisher: Publisher, site: str, now: datetime) -> tuple[str, ...]:
    """As `sign_pending`, within the lock: the list is signed, then the rows go."""
    with store.reading() as connection:
        if site not in sites_to_revoke_at(connection):
            return ()
    with store.writing() as connection:
        gone = sa.delete(pending_revocation).where(pending_revocation.c.site == site)
        names = connection.execute(gone.returning(pending_revocation.c.subject)).scalars().all()
        newest = Given(publisher.newest(site), held=held_versions(connection, site)).newest
        out = max(newest, published_version(connection, site))
        revoke_with_removals(connection, publisher, site, now, (), sorted(names), out)
    return tuple(sorted(names))


def sites_to_revoke_at(connection: sa.Connection) -> frozenset[str]:
    """The sites at which a revocation waits to be signed."""
    return frozenset(connection.execute(sa.select(pending_revocation.c.site).distinct()).scalars())


def _content(
    connection: sa.Connection, section: PublishingSection, site: str, policy: InForce, now: int
) -> Content:
    folder = section.sites / site
    counts = policy.policy.numbers.count
    numbers, salt = numbers_for_gates(connection, site, now) if counts else ({}, b"")
    return Content(
        policy=policy.policy,
        subjects=tuple(subjects_of(connection, site)),
        templates=tuple(templates_of(connection, site)),
        pass_keys=_keys(folder / "passes.pub"),
        list_keys=_keys(folder / "lists.pub"),
        calibrations=tuple(
            read_calibration(path) for path in sorted((folder / "calibrations").glob("*.json"))
        ),
        probe_pass=_probe_pass(folder / PROBE_PASS),
        numbers=numbers,
        number_salt=salt,
    )


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


def revoke_urgently(
    store: Store,
    publisher: Publisher,
    site: str,
    now: datetime,
    *,
    passes: tuple[str, ...] = (),
    subjects: tuple[str, ...] = (),
    actor: Actor = SYSTEM,
) -> UrgentRevocations:
    """Revoke passes and people at once. People are erased here too, or the next version would restore them.

    It applies at every version that a gate may hold, even one newer than those here. Raises GatepostError.
    """
    # Both locks in the order of `publish_site`, so that neither waits for the other.
    with publisher.lock(site), store.writing() as connection:
        hold_sites(connection, [site])
        given = Given(publisher.newest(site), held=held_versions(connection, site))
        records = publisher.records(site) if subjects else {}
        at = microseconds(now)
        if passes:
            count = {"passes": len(passes)}
            note(connection, actor, "revoke_passes", About("site", site, site), at, detail=count)
        for identity in subjects:
            forget_reasons_about(connection, site, identity)
            _remove(connection, site, identity, records)
            about = About("subject", identity, site)
            note(connection, actor, "revoke_subject", about, at)
            forget(connection, about)
        forget_in_waiting(connection, site, subjects)
        out = max(given.newest, published_version(connection, site))
        return revoke_with_removals(connection, publisher, site, now, passes, subjects, out)


def _remove(connection: sa.Connection, site: str, identity: str, given: Records) -> None:
    """Erase a subject; one that only the gates know is no error: the database may have been restored."""
    try:
        remove_subject(connection, site, identity)
    except StoreError:
        if subject_key(identity) not in given:
            raise


def _probe_pass(path: Path) -> str:
    """The text in a site's probe pass's file; empty where there is none."""
    try:
        return read_bounded(path, MOST_PROBE_BYTES).decode("ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"not a probe pass: {error}",
            where=str(path),
            remedy="gatepost pass probe show --out FILE makes one",
        ) from None


def _keys(path: Path) -> tuple[bytes, ...]:
    return read_public_keys(path) if path.exists() else ()
