"""Signs versions of a site's registry, and lists of urgent revocations.

The database determines who is in the registry. The root keys are kept offline: central has the chain that
their holders signed, and the keys that it names. Everything is verified before it is published, as a gate
verifies it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import UNSET

from edge.admin.publication import (
    AHEAD,
    Edition,
    Publication,
    publication,
    refuse_what_gates_would,
    sign_policy,
    sign_policy_ahead,
    sign_urgent_revocations,
)
from edge.decision import StaleRule
from edge.errors import RegistryError
from edge.registry.format import (
    MOST_REMOVALS,
    Anchor,
    Base,
    BundleRefused,
    Content,
    Manifest,
    Offered,
    RecordKind,
    Records,
    Removal,
    Root,
    SignedPolicy,
    Trusted,
    UrgentRevocations,
    decode_urgent_revocations,
    forgotten,
    key_of,
    records_of,
    signed_part,
    subject_key,
    template_key,
    verify_urgent_revocations,
    walk,
)
from edge.signing.cose import sign1
from edge.support.phrases import phrase
from sync.central.registry.published import SitePublished
from sync.central.registry.restored import Restored

REGISTRY_LIFETIME = timedelta(days=30)
_MOST_REVOKED = 1_000
"""Entries of each kind in a list; the oldest are in every registry by now."""


@dataclass(frozen=True)
class PublishingKeys:
    """What central publishes with: the chain of roots, verified by `anchor`, and the keys that it names.

    `seal_key` reads the key that seals the registry of a site for its gates, `earlier` those that still open
    what was published, and `offered` what versions say of the key once it was exchanged.
    """

    anchor: Anchor
    roots: bytes
    registry: Ed25519PrivateKey
    policy: Ed25519PrivateKey
    seal_key: Callable[[str], bytes] = field(repr=False)
    earlier: Callable[[str], tuple[bytes, ...]] = field(default=lambda _: (), repr=False)
    offered: Callable[[str], Offered] = field(default=lambda _: UNSET, repr=False)

    @property
    def root(self) -> Root:
        """The newest root. Raises BundleRefused if the chain is not valid."""
        return walk(self.roots, self.anchor)


class Publisher:
    """Publishes the registries of all sites, in `folder`. One process publishes, others read.

    `entropy` gives so many bytes that nobody can foresee: the references of removals.
    """

    def __init__(
        self, folder: Path, authority: PublishingKeys, entropy: Callable[[int], bytes] = token_bytes
    ) -> None:
        self.entropy = entropy
        self._folder = folder
        self._authority = authority

    @property
    def root(self) -> int:
        """The version of the root under which it signs. Raises BundleRefused if the chain is not valid."""
        return self._authority.root.version

    def lock(self, site: str) -> AbstractContextManager[None]:
        """Hold the lock of `site`: no other process publishes for it meanwhile. Raises RegistryError."""
        return self._site(site).lock()

    def publish(
        self,
        site: str,
        content: Content,
        now: datetime,
        *,
        held: Collection[int] = (),
        gates: tuple[str, ...] = (),
        lifetime: timedelta = REGISTRY_LIFETIME,
    ) -> Manifest:
        """Sign `content` for `site` as the next version, with changes from the versions in `held`.

        If neither content nor roots have changed and the newest version is young, it stays: more than half
        of its lifetime is left, and it is less than half as old as the policy lets a registry become. Raises
        RegistryError.
        """
        with self.lock(site):
            return self.publish_locked(content, Edition(site, 0, now, now + lifetime, gates), held)

    def publish_locked(self, content: Content, edition: Edition, held: Collection[int] = ()) -> Manifest:
        """As `publish`, within `lock`. The next version is above `edition.version`, which is published
        already.
        """
        site, published = edition.site, self._site(edition.site)
        versions = published.versions()
        newest = versions[-1] if versions else 0
        before: Records = self._records(site, newest) if versions else {}
        policy = self._policy(site, content, before.get(key_of(RecordKind.POLICY), b""))
        records = {**self._revoked_passes(site, before), **records_of(content, policy)}
        offered = self._authority.offered(site)
        same_key = bool(versions) and published.manifest(newest).template_key == offered
        overtaken = self._is_overtaken(site, newest, records, edition) if versions else True
        if records == before and same_key and not overtaken:
            manifest = published.manifest(newest)
            young = _is_young(manifest, edition, content.policy.stale)
            if young and published.roots() == self._authority.roots:
                return manifest
        restored = published.restored()
        if newest <= restored.least_version:
            policy = sign_policy_ahead(policy, self._authority.policy, self._authority.root, AHEAD)
            records = {**records, key_of(RecordKind.POLICY, b""): policy}
        version = max(newest, edition.version, restored.least_version) + 1
        # Where the key is another, every face is, and changes are as long as the whole.
        bases = [base for base in versions if same_key and (base in held or base == version - 1)]
        made = publication(
            records,
            replace(edition, version=version),
            self._authority.roots,
            self._authority.registry,
            self._authority.seal_key(site),
            (Base(base, published.manifest(base).set_sha256, self._records(site, base)) for base in bases),
            offered,
        )
        self._refuse_what_gates_would(made, policy, edition)
        published.add(made, forgets=bool(forgotten(before.keys(), records.keys())))
        self._sign_revocations_anew(site)
        return made.manifest

    def _is_overtaken(self, site: str, newest: int, records: Records, edition: Edition) -> bool:
        """Whether `newest` does not reach the gates as it is: a newer one is out, or someone in it was
        revoked.
        """
        listed = self.revoked(site)
        gone = () if listed is None or newest > listed.base else listed.subjects
        least = max(edition.version, self._site(site).restored().least_version)
        return newest < least or any(subject_key(name) in records for name in gone)

    def _refuse_what_gates_would(self, made: Publication, policy: bytes, edition: Edition) -> None:
        try:
            refuse_what_gates_would(made, policy, edition, self._authority.anchor)
        except BundleRefused as error:
            raise _gates_would_refuse(error, f"version {made.manifest.version} of {edition.site}") from None

    def revoke(
        self,
        site: str,
        now: datetime,
        *,
        passes: Collection[str] = (),
        subjects: Collection[str] = (),
        keys: Collection[bytes] = (),
    ) -> UrgentRevocations:
        """Revoke at once, at every version that gates may hold, in addition to earlier revocations.

        A subject that was published again since is no longer revoked. Raises RegistryError.
        """
        with self.lock(site):
            return self.revoke_locked(site, now, passes, subjects, keys)

    def revoke_locked(
        self,
        site: str,
        now: datetime,
        passes: Collection[str] = (),
        subjects: Collection[str] = (),
        keys: Collection[bytes] = (),
        out: int = 0,
        removals: tuple[Removal, ...] = (),
    ) -> UrgentRevocations:
        """As `revoke`, within `lock`. `out` is a version that gates have, even if it is newer than those
        here. `removals` are what they are to confirm.
        """
        published, before = self._site(site), self.revoked(site)
        versions = published.versions()
        newest = versions[-1] if versions else 0
        if before is None:
            before = UrgentRevocations(site, 0, max(newest, out), now)
        known: Collection[bytes] = self._records(site, newest) if newest > before.base else ()
        restored = published.restored()
        listed = UrgentRevocations(
            site,
            max(before.number, restored.least_list) + 1,
            max(newest, out, restored.least_version),
            now,
            passes=_merged(before.passes, passes),
            subjects=_merged(
                tuple(name for name in before.subjects if subject_key(name) not in known), subjects
            ),
            keys=_merged(before.keys, keys),
            removals=removals[-MOST_REMOVALS:],
        )
        data = sign_urgent_revocations(listed, self._authority.roots, self._authority.registry)
        try:
            verify_urgent_revocations(data, Trusted(site, self._authority.anchor))
        except BundleRefused as error:
            raise _gates_would_refuse(error, f"list {listed.number} of {site}") from None
        published.set_urgent_revocations(data)
        return listed

    def seal_key(self, site: str) -> bytes:
        """The key that seals the registry of `site`."""
        return self._authority.seal_key(site)

    def restored(self, site: str) -> Restored:
        """Whether what was published for `site` was put back from a backup. Raises RegistryError."""
        return self._site(site).restored()

    def newest(self, site: str) -> int:
        """The newest version on disk; 0: none. Raises RegistryError."""
        return max(self._site(site).versions(), default=0)

    def records(self, site: str) -> Records:
        """The records of the newest version; empty if there is none. Raises RegistryError."""
        newest = self.newest(site)
        return self._records(site, newest) if newest else {}

    def versions_knowing(self, site: str, identity: str) -> dict[int, bool]:
        """Whether each kept version contains the subject `identity`. Raises RegistryError."""
        published, keys = self._site(site), (subject_key(identity), template_key(identity, 0))
        found: dict[int, bool] = {}
        for version in published.versions():
            records = self._records(site, version)
            found[version] = any(key in records for key in keys)
        return found

    def revoked(self, site: str) -> UrgentRevocations | None:
        """The urgent revocations so far, or None."""
        data = self._site(site).urgent_revocations()
        return None if data is None else _decode_own_list(signed_part(data))

    def _revoked_passes(self, site: str, before: Records) -> Records:
        """The passes that were ever revoked: they stay so."""
        listed = self.revoked(site)
        passes = () if listed is None else listed.passes
        revoked = {key_of(RecordKind.REVOKED_PASS, name.encode()): b"" for name in passes}
        return revoked | {key: value for key, value in before.items() if key[0] == RecordKind.REVOKED_PASS}

    def _policy(self, site: str, content: Content, before: bytes) -> bytes:
        rules = SignedPolicy(site, 0, content.policy, content.calibrations)
        return sign_policy(rules, self._authority.policy, self._authority.root, before)

    def _sign_revocations_anew(self, site: str) -> None:
        """Sign the revocations again if the registry key was replaced: gates refuse a list by the old key."""
        published, listed = self._site(site), self.revoked(site)
        if listed is not None:
            data = sign_urgent_revocations(listed, self._authority.roots, self._authority.registry)
            if data != published.urgent_revocations():
                published.set_urgent_revocations(data)

    def _records(self, site: str, version: int) -> Records:
        keys = (self._authority.seal_key(site), *self._authority.earlier(site))
        return self._site(site).records(version, *keys)

    def _site(self, site: str) -> SitePublished:
        return SitePublished(self._folder / site)


def listed_number(published: SitePublished) -> int:
    """The number of the newest list of urgent revocations on disk; 0: there is none. Raises GatepostError."""
    data = published.urgent_revocations()
    return 0 if data is None else _decode_own_list(signed_part(data)).number


def _is_young(newest: Manifest, wanted: Edition, rule: StaleRule) -> bool:
    """Whether the newest version is for the same gates, and has half of its time before it: until it expires,
    and until gates call it stale though nothing is wrong with their link.
    """
    limits = [rule.degrade_after, *([] if rule.close_after is None else [rule.close_after])]
    lasts = min(newest.expires - newest.issued, timedelta(seconds=min(limits)))
    return wanted.issued < newest.issued + lasts / 2 and newest.gates == wanted.gates


def _decode_own_list(signed: bytes) -> UrgentRevocations:
    """Decode a list on central's own disk, whichever key signed it."""
    payload = sign1.parse(signed, most_payload_bytes=len(signed)).payload
    return decode_urgent_revocations(payload)


def _gates_would_refuse(refused: BundleRefused, what: str) -> RegistryError:
    return RegistryError(
        phrase("gates would refuse it: %(what)s", what=refused.what),
        where=what,
        remedy=phrase(
            "set registry_key and policy_key in central.toml to the keys that the newest root names"
        ),
    )


_Item = TypeVar("_Item", str, bytes)


def _merged(before: tuple[_Item, ...], more: Collection[_Item]) -> tuple[_Item, ...]:
    """Both, each item once, the newest last; if there are too many, the oldest are dropped."""
    merged: dict[_Item, None] = dict.fromkeys(item for item in before if item not in more)
    merged.update(dict.fromkeys(more))
    return tuple(merged)[-_MOST_REVOKED:]
