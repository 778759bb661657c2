"""Signing a registry: the manifest over a set of records, its snapshot and the changes that lead to it.

Used by a site's administration and by central. Nothing here is ever imported by a gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import UNSET
from msgspec.structs import replace

from edge.decision import ClockTrust, WallTime
from edge.registry.format import (
    MANIFEST_CONTEXT,
    MOST_CHANGE_BYTES,
    MOST_OFFERS,
    POLICY_CONTEXT,
    ROOT_CONTEXT,
    URGENT_REVOCATIONS_CONTEXT,
    Anchor,
    Base,
    BundleRefused,
    Manifest,
    ObjectKind,
    Offer,
    Offered,
    Records,
    Root,
    SignedPolicy,
    Trusted,
    UrgentRevocations,
    assemble,
    assemble_changes,
    assemble_urgent_revocations,
    blob_of,
    changes_between,
    decode_policy,
    digest_of,
    encode_manifest,
    encode_policy,
    encode_records,
    encode_root,
    encode_urgent_revocations,
    refuse_if_expired,
    seal_object,
    set_hash,
    verify_head,
)
from edge.signing.cose import key_id_of, multisig, sign1

AHEAD = 1_000
"""So many numbers are left out after a backup was put back: more than can have been given since."""


@dataclass(frozen=True)
class Edition:
    """What a version is called and how long it holds. Empty `gates`: all of the site."""

    site: str
    version: int
    issued: datetime
    expires: datetime
    gates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publication:
    """A signed version in the forms in which it travels. `changes` are by the version they start from."""

    manifest: Manifest
    roots: bytes
    signed: bytes
    snapshot: bytes
    changes: Mapping[int, bytes]

    @property
    def bundle(self) -> bytes:
        return assemble(self.roots, self.signed, self.snapshot)

    def file_of_changes(self, base: int) -> bytes:
        return assemble_changes(self.roots, self.signed, self.changes[base])


def publication(
    records: Records,
    edition: Edition,
    roots: bytes,
    key: Ed25519PrivateKey,
    seal_key: bytes,
    bases: Iterable[Base] = (),
    template_key: Offered = UNSET,
) -> Publication:
    """`records` sealed and signed as `edition`, with changes from those of `bases` where that is worth it.

    `template_key` is what it says of the key that follows in `seal_key`, once that was exchanged.

    A gate accepts so many offers (`MOST_OFFERS`): the newest bases come first, the others fetch the whole.
    """
    snapshot = seal_object(encode_records(records), ObjectKind.SNAPSHOT, edition.site, seal_key)
    changes = {
        base.version: changes_between(base, records, edition.site, edition.version, seal_key)
        for base in bases
    }
    small = min(MOST_CHANGE_BYTES, len(snapshot) - 1)
    worthy = sorted(version for version, data in changes.items() if len(data) <= small)
    worth = {version: changes[version] for version in worthy[-MOST_OFFERS:]}
    manifest = Manifest(
        site=edition.site,
        version=edition.version,
        previous=edition.version - 1,
        issued=edition.issued,
        expires=edition.expires,
        set_sha256=set_hash({name: digest_of(name, value) for name, value in records.items()}),
        snapshot=blob_of(snapshot),
        changes=tuple(Offer(version, blob_of(data)) for version, data in worth.items()),
        gates=edition.gates,
        template_key=template_key,
    )
    signed = sign1.sign(encode_manifest(manifest), key, context=MANIFEST_CONTEXT)
    return Publication(manifest, roots, signed, snapshot, worth)


def refuse_what_gates_would(made: Publication, policy: bytes, edition: Edition, anchor: Anchor) -> None:
    """Raise BundleRefused where a gate would refuse `made`, or the signed `policy` in it, at first."""
    head = verify_head(made.roots, made.signed, Trusted(edition.site, anchor))
    refuse_if_expired(head, WallTime(edition.issued, ClockTrust.TRUSTED))
    decode_policy(policy, head.root)


def sign_root(root: Root, keys: Iterable[Ed25519PrivateKey]) -> bytes:
    """A root signed by all of `keys`; others may sign it later."""
    message = multisig.MultiSigned(encode_root(root), {})
    for key in keys:
        message = multisig.signed_also(message, key, context=ROOT_CONTEXT)
    return multisig.encode(message)


def sign_policy(rules: SignedPolicy, key: Ed25519PrivateKey, root: Root, before: bytes) -> bytes:
    """The rules signed under the next number; `before`, signed the last time, where they are the same."""
    number = 0
    try:
        held, key_id = decode_policy(before, root)
    except BundleRefused:
        pass  # the first one, or the key was replaced: numbers are counted for each key
    else:
        number = held.number
        ours = key_id == key_id_of(key.public_key().public_bytes_raw())
        if ours and held == replace(rules, number=number):
            return before
    return sign1.sign(encode_policy(replace(rules, number=number + 1)), key, context=POLICY_CONTEXT)


def sign_policy_ahead(before: bytes, key: Ed25519PrivateKey, root: Root, ahead: int) -> bytes:
    """The rules in `before` signed under a number that is `ahead` of theirs: gates hold newer ones than a
    backup knows. Where they are by another key, as they are: numbers are counted for each key.
    """
    try:
        held, key_id = decode_policy(before, root)
    except BundleRefused:
        return before
    if key_id != key_id_of(key.public_key().public_bytes_raw()):
        return before
    further = replace(held, number=held.number + ahead)
    return sign1.sign(encode_policy(further), key, context=POLICY_CONTEXT)


def sign_urgent_revocations(listed: UrgentRevocations, roots: bytes, key: Ed25519PrivateKey) -> bytes:
    """The file of urgent revocations, signed by a registry key."""
    signed = sign1.sign(encode_urgent_revocations(listed), key, context=URGENT_REVOCATIONS_CONTEXT)
    return assemble_urgent_revocations(roots, signed)
