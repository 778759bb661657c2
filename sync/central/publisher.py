"""Registry down, on central's side: sign versions, tell gates of them, answer with chunks.

The database says who is in the registry; this says what was signed of it. The root keys lie in safes: what is
here is the chain that their holders signed, and the keys that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials import sign1
from edge.registry.bundle import Content, SignedPolicy, records_of
from edge.registry.changes import Base
from edge.registry.manifest import Manifest
from edge.registry.records import Kind, Records, key_of, subject_key
from edge.registry.root import Anchor, Root, walk
from edge.registry.withdrawals import Withdrawals, decode_withdrawals, signed_part
from edge.site.publication import Edition, publication, sign_policy, sign_withdrawals
from sync.central.published import SitePublished
from sync.wire.messages import RegistryChunk, RegistryManifest, RegistryRoot, RegistryUrgent, RegistryWant

REGISTRY_LIFETIME = timedelta(days=30)
_MOST_WITHDRAWN = 1_000
"""Of each kind: what was withdrawn longest ago is in every registry by now."""

Announcement = RegistryRoot | RegistryManifest | RegistryUrgent


@dataclass(frozen=True)
class Authority:
    """Whose word central gives: the chain of roots, believed by `anchor`, and the keys that it names."""

    anchor: Anchor
    roots: bytes
    registry: Ed25519PrivateKey
    policy: Ed25519PrivateKey

    @property
    def root(self) -> Root:
        """Raises BundleRefused where the chain is not good."""
        return walk(self.roots, self.anchor)


class Publisher:
    """The registries of all sites, in `folder`. One process publishes; several may answer."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._authority = authority

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
        """Sign `content` for `site` as the next version, with changes from the versions that gates hold.

        Where nothing has changed, the roots neither, and more than half of its life is left, the newest
        version stays. Raises RegistryError.
        """
        with self._site(site).alone():
            return self._publish(site, content, Edition(site, 0, now, now + lifetime, gates), held)

    def _publish(self, site: str, content: Content, edition: Edition, held: Collection[int]) -> Manifest:
        published = self._site(site)
        versions = published.versions()
        before: Records = published.records(versions[-1]) if versions else {}
        policy = self._policy(site, content, before.get(key_of(Kind.POLICY), b""))
        records = {**self._withdrawn_passes(site, before), **records_of(content, policy)}
        if versions and records == before:
            newest = published.manifest(versions[-1])
            if published.roots() == self._authority.roots and _is_fresh(newest, edition):
                return newest
        version = versions[-1] + 1 if versions else 1
        bases = [base for base in versions if base in held or base == version - 1]
        made = publication(
            records,
            replace(edition, version=version),
            self._authority.roots,
            self._authority.registry,
            (Base(base, published.manifest(base).set_sha256, published.records(base)) for base in bases),
        )
        published.add(made)
        self._sign_withdrawals_anew(site)
        return made.manifest

    def withdraw(
        self,
        site: str,
        now: datetime,
        *,
        passes: Collection[str] = (),
        subjects: Collection[str] = (),
        keys: Collection[bytes] = (),
    ) -> Withdrawals:
        """Take away at once, at every version that gates may hold, besides what was taken away before.

        Who was published again since is no longer taken away. Raises RegistryError.
        """
        with self._site(site).alone():
            return self._withdraw(site, now, passes, subjects, keys)

    def _withdraw(
        self,
        site: str,
        now: datetime,
        passes: Collection[str],
        subjects: Collection[str],
        keys: Collection[bytes],
    ) -> Withdrawals:
        published, before = self._site(site), self.withdrawn(site)
        versions = published.versions()
        newest = versions[-1] if versions else 0
        if before is None:
            before = Withdrawals(site, 0, newest, now)
        known: Collection[bytes] = published.records(newest) if newest > before.base else ()
        listed = Withdrawals(
            site,
            before.number + 1,
            newest,
            now,
            passes=_merged(before.passes, passes),
            subjects=_merged(
                tuple(name for name in before.subjects if subject_key(name) not in known), subjects
            ),
            keys=_merged(before.keys, keys),
        )
        data = sign_withdrawals(listed, self._authority.roots, self._authority.registry)
        published.set_withdrawals(data)
        return listed

    def withdrawn(self, site: str) -> Withdrawals | None:
        """What was taken away at once, so far."""
        data = self._site(site).withdrawals()
        return None if data is None else _on_our_own_word(signed_part(data))

    def announcements(self, site: str) -> tuple[Announcement, ...]:
        """What every gate of `site` is to find on its topics, retained, in this order."""
        published = self._site(site)
        urgent, versions = published.withdrawals(), published.versions()
        return (
            RegistryRoot(self._authority.roots),
            *(() if urgent is None else (RegistryUrgent(signed_part(urgent)),)),
            *((RegistryManifest(published.signed(versions[-1])),) if versions else ()),
        )

    def answer(self, site: str, want: RegistryWant) -> Iterator[RegistryChunk]:
        """The chunks that a gate of `site` asks for, of what was published for that site and nothing else."""
        published = self._site(site)
        for index in want.chunks:
            data = published.chunk(want.object, index)
            if data:
                yield RegistryChunk(want.object, index, data)

    def _withdrawn_passes(self, site: str, before: Records) -> Records:
        """A pass that was withdrawn once stays so."""
        listed = self.withdrawn(site)
        passes = () if listed is None else listed.passes
        withdrawn = {key_of(Kind.WITHDRAWN_PASS, name.encode()): b"" for name in passes}
        return withdrawn | {key: value for key, value in before.items() if key[0] == Kind.WITHDRAWN_PASS}

    def _policy(self, site: str, content: Content, before: bytes) -> bytes:
        rules = SignedPolicy(site, 0, content.policy, content.calibrations)
        return sign_policy(rules, self._authority.policy, self._authority.root, before)

    def _sign_withdrawals_anew(self, site: str) -> None:
        """A list signed by a key that was replaced is believed by nobody who knows."""
        published, listed = self._site(site), self.withdrawn(site)
        if listed is not None:
            data = sign_withdrawals(listed, self._authority.roots, self._authority.registry)
            if data != published.withdrawals():
                published.set_withdrawals(data)

    def _site(self, site: str) -> SitePublished:
        return SitePublished(self._folder / site)


def _is_fresh(newest: Manifest, wanted: Edition) -> bool:
    """Whether the newest version need not be signed anew: for the same gates, and young."""
    young = wanted.issued < newest.issued + (newest.expires - newest.issued) / 2
    return young and newest.gates == wanted.gates


def _on_our_own_word(signed: bytes) -> Withdrawals:
    """A list that lies on central's disk: whose key signed it then does not matter now."""
    payload = sign1.read(signed, most_payload_bytes=len(signed)).payload
    return decode_withdrawals(payload)


_Item = TypeVar("_Item", str, bytes)


def _merged(before: tuple[_Item, ...], more: Collection[_Item]) -> tuple[_Item, ...]:
    """Both, each once, the newest last; the oldest fall out where there are too many."""
    merged: dict[_Item, None] = dict.fromkeys(item for item in before if item not in more)
    merged.update(dict.fromkeys(more))
    return tuple(merged)[-_MOST_WITHDRAWN:]
