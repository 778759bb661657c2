"""The registry as it travels whole, and as the gate holds it: signed, versioned, bound to one site. PURE.

A bundle is a magic line and three parts, each behind its length (4 bytes, big-endian):

1. the **roots**: which keys may sign what, and the chain that leads there (`edge.registry.format.root`);
2. the **manifest**, signed by a registry key: version, times, hashes (`edge.registry.format.manifest`);
3. the **snapshot**: the set of records in its one encoding (`edge.registry.format.records`), sealed for the
   gates of the site (`edge.registry.format.sealing`). The record of
   the policy is itself signed, by a policy key: a publisher of people need not be able to change the rules.

No part is interpreted before its signature, or its signed hash, was checked. Signatures cover the exact
bytes received. The order of the checks is that of The Update Framework (TUF 1.0, section 5): roots,
signature, site, expiry, rollback, hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import UNSET, UnsetType

from edge.calibration.format import Calibration
from edge.credentials.known import KnownRight, Rights
from edge.decision import Policy, Subject, WallTime
from edge.registry.format.content import SignedPolicy, decode_policy
from edge.registry.format.framing import LENGTH_BYTES, joined, split_head, split_whole
from edge.registry.format.manifest import (
    MOST_SIGNED_BYTES,
    MOST_SNAPSHOT_BYTES,
    Head,
    Manifest,
    Trusted,
    floor_of,
    refuse_if_expired,
    verify_head,
)
from edge.registry.format.numbers import decode_number, decode_salt
from edge.registry.format.records import (
    Digests,
    RecordKind,
    decode_subject,
    decode_template,
    digest_of,
    each_record,
    key_of,
    set_hash,
)
from edge.registry.format.refusal import BundleRefusal, BundleRefused
from edge.registry.format.removals import Removal, decode_removal
from edge.registry.format.root import MOST_CHAIN_BYTES, Root
from edge.registry.format.sealing import ObjectKind, open_object
from edge.registry.format.template_keys import TemplateKeyOffer
from edge.registry.format.templates import SealedTemplate
from edge.signing.cose import key_id_of

MAGIC = b"gatepost registry 1\n"
MOST_BUNDLE_BYTES = len(MAGIC) + 12 + MOST_CHAIN_BYTES + MOST_SIGNED_BYTES + MOST_SNAPSHOT_BYTES
MOST_HEAD_BYTES = MOST_BUNDLE_BYTES - MOST_SNAPSHOT_BYTES
"""Roots and manifest are within this many bytes of the beginning."""
MOST_PROBE_BYTES = 1_200
"""Of the text of a probe pass: as long as an own pass may be."""
_LIMITS = (MOST_CHAIN_BYTES, MOST_SIGNED_BYTES, MOST_SNAPSHOT_BYTES)


@dataclass(frozen=True)
class Registry:
    """A verified registry: what the gate trusts. `digests` are the SHA-256 of its records, by key."""

    site: str
    version: int
    issued: datetime
    expires: datetime
    root: Root
    roots: bytes
    signed_by: bytes
    set_sha256: bytes
    policy: Policy
    policy_number: int = 0
    policy_key: bytes = b""
    signed_policy: bytes = field(default=b"", repr=False)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    sealed: Mapping[bytes, SealedTemplate] = field(default_factory=dict)
    pass_keys: Mapping[bytes, bytes] = field(default_factory=dict)
    revoked_passes: frozenset[str] = frozenset()
    list_keys: Mapping[bytes, bytes] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    probe_pass: str = ""
    removals: Mapping[bytes, Removal] = field(default_factory=dict)
    numbers: Rights = field(default_factory=dict)
    number_salt: bytes = b""
    template_key: TemplateKeyOffer | UnsetType = UNSET
    digests: Digests = field(default_factory=dict, repr=False)

    @property
    def templates(self) -> tuple[SealedTemplate, ...]:
        return tuple(self.sealed.values())


def manifest_in(head: bytes, trusted: Trusted) -> Manifest:
    """The verified manifest of the bundle that begins with `head`; raises BundleRefused."""
    return _signed_size(head, trusted)[0]


def refuse_other_size(head: bytes, size: int, trusted: Trusted) -> None:
    """Raise BundleRefused unless the signed `head` states `size` bytes: checked before the rest is read."""
    _, signed = _signed_size(head, trusted)
    if size < signed:
        raise BundleRefused(BundleRefusal.UNREADABLE, "is cut off")
    if size > signed:
        raise BundleRefused(BundleRefusal.UNREADABLE, f"has {size - signed} bytes after its end")


def _signed_size(head: bytes, trusted: Trusted) -> tuple[Manifest, int]:
    """The verified manifest of a bundle, and the size in bytes that it states for the whole."""
    (roots, signed), end = split_head(head, MAGIC, _LIMITS[:2])
    manifest = verify_head(bytes(roots), bytes(signed), trusted).manifest
    return manifest, end + LENGTH_BYTES + manifest.snapshot.size


def parts_of(data: bytes) -> tuple[memoryview, memoryview, memoryview]:
    """The roots, the signed manifest and the snapshot in a bundle; raises BundleRefused."""
    roots, manifest, snapshot = split_whole(data, MAGIC, _LIMITS)
    return roots, manifest, snapshot


def snapshot_in(data: bytes, trusted: Trusted) -> bytes:
    """The opened snapshot of a bundle that was verified earlier; raises BundleRefused."""
    return open_object(parts_of(data)[2], ObjectKind.SNAPSHOT, trusted.site, *trusted.seal_keys)


def keys_in(data: bytes, trusted: Trusted) -> Iterator[bytes]:
    """The keys of all records of a bundle, whoever signed it and however old it is; raises BundleRefused."""
    return (key for key, _ in each_record(snapshot_in(data, trusted)))


def assemble(roots: bytes, manifest: bytes, snapshot: bytes) -> bytes:
    """The bytes of a bundle, from its three parts; the first two are signed already."""
    return MAGIC + joined((roots, manifest, snapshot))


def verify_bundle(data: bytes, trusted: Trusted, wall: WallTime) -> Registry:
    """The registry in `data`, trusted because of `trusted.anchor` alone.

    Expiry is judged by the clock, or by the latest signed time where the clock is untrusted. A registry that
    is held already keeps serving after its expiry, by the policy's staleness rule (`hold_bundle`). Raises
    BundleRefused with a stable code.
    """
    head, snapshot = _opened(data, trusted)
    refuse_if_expired(head, wall, trusted.signed_at)
    return _whole(head, snapshot, trusted)


def hold_bundle(data: bytes, trusted: Trusted) -> Registry:
    """The registry in `data`, expired or not: for a bundle that this gate has verified before."""
    return _whole(*_opened(data, trusted), trusted)


def updated(
    held: Registry | None,
    head: Head,
    changed: Iterable[tuple[bytes, bytes | memoryview]],
    removed: Iterable[bytes],
    trusted: Trusted,
) -> Registry:
    """`held` with records changed and removed, if the result is the set whose hash `head` states.

    With `held` None the changes are the whole registry. Raises BundleRefused; `held` stays as it is.
    """
    draft = _Draft(held)
    for key in removed:
        draft.remove(key)
    for key, value in changed:
        draft.put(key, value)
    if set_hash(draft.digests) != head.manifest.set_sha256:
        raise BundleRefused(
            BundleRefusal.INVALID, "the records are not the set whose hash the manifest states"
        )
    policy = draft.policy
    if policy is None:
        raise BundleRefused(BundleRefusal.INVALID, "it contains no policy")
    # By the newest root: when a policy key is revoked, the policy that it signed goes too.
    rules, policy_key = decode_policy(policy, head.root)
    least = floor_of(trusted.policies, head.root.policy_keys)
    if rules.site != trusted.site:
        raise BundleRefused(
            BundleRefusal.OTHER_SITE, f"the policy is for site {rules.site!r}, this is {trusted.site!r}"
        )
    if rules.number < least:
        raise BundleRefused(
            BundleRefusal.OLDER, f"policy {rules.number} is older than {least}, which this gate has held"
        )
    return draft.finished(head, rules, policy_key)


def _opened(data: bytes, trusted: Trusted) -> tuple[Head, bytes]:
    roots, manifest, snapshot = parts_of(data)
    head = verify_head(bytes(roots), bytes(manifest), trusted)
    if not head.manifest.snapshot.is_all_of(snapshot):
        raise BundleRefused(BundleRefusal.FORGED, "the content does not match the hash in the manifest")
    return head, open_object(snapshot, ObjectKind.SNAPSHOT, trusted.site, *trusted.seal_keys)


def _whole(head: Head, snapshot: bytes, trusted: Trusted) -> Registry:
    return updated(None, head, each_record(snapshot), (), trusted)


class _Draft:
    """A registry being built: a copy of the one held, changed record by record."""

    def __init__(self, held: Registry | None) -> None:
        self.digests: dict[bytes, bytes] = {} if held is None else dict(held.digests)
        self._subjects: dict[str, Subject] = {} if held is None else dict(held.subjects)
        self._sealed: dict[bytes, SealedTemplate] = {} if held is None else dict(held.sealed)
        self._pass_keys: dict[bytes, bytes] = {} if held is None else dict(held.pass_keys)
        self._list_keys: dict[bytes, bytes] = {} if held is None else dict(held.list_keys)
        self._revoked: set[str] = set() if held is None else set(held.revoked_passes)
        self._removals: dict[bytes, Removal] = {} if held is None else dict(held.removals)
        self._numbers: dict[bytes, KnownRight] = {} if held is None else dict(held.numbers)
        self._only: dict[RecordKind, bytes] = {} if held is None else _only_of(held)

    @property
    def policy(self) -> bytes | None:
        """The signed policy; None where there is none."""
        return self._only.get(RecordKind.POLICY)

    def put(self, key: bytes, value: bytes | memoryview) -> None:
        name = key[1:]
        match _kind(key):
            case RecordKind.SUBJECT:
                subject = decode_subject(name, value)
                self._subjects[subject.id] = subject
            case RecordKind.TEMPLATE:
                self._sealed[key] = decode_template(name, value)
            case RecordKind.PASS_KEY:
                self._pass_keys[name] = _key(name, value)
            case RecordKind.LIST_KEY:
                self._list_keys[name] = _key(name, value)
            case RecordKind.REVOKED_PASS:
                self._revoked.add(_text(name))
            case RecordKind.REMOVAL:
                self._removals[name] = decode_removal(name, value)
            case RecordKind.NUMBER:
                self._numbers[name] = decode_number(name, value)
            case RecordKind.POLICY | RecordKind.PROBE_PASS | RecordKind.NUMBER_SALT as kind:
                self._only[kind] = _CHECKED[kind](value)
        self.digests[key] = digest_of(key, value)

    def remove(self, key: bytes) -> None:
        if self.digests.pop(key, None) is None:
            raise BundleRefused(BundleRefusal.OTHER_BASE, "it removes a record that is not there")
        name = key[1:]
        match _kind(key):
            case RecordKind.SUBJECT:
                del self._subjects[_text(name)]
            case RecordKind.TEMPLATE:
                del self._sealed[key]
            case RecordKind.PASS_KEY:
                del self._pass_keys[name]
            case RecordKind.LIST_KEY:
                del self._list_keys[name]
            case RecordKind.REVOKED_PASS:
                self._revoked.discard(_text(name))
            case RecordKind.REMOVAL:
                del self._removals[name]
            case RecordKind.NUMBER:
                del self._numbers[name]
            case RecordKind.POLICY | RecordKind.PROBE_PASS | RecordKind.NUMBER_SALT as kind:
                del self._only[kind]

    def finished(self, head: Head, rules: SignedPolicy, policy_key: bytes) -> Registry:
        manifest = head.manifest
        return Registry(
            site=manifest.site,
            version=manifest.version,
            issued=manifest.issued,
            expires=head.expires,
            root=head.root,
            roots=head.roots,
            signed_by=head.signed_by,
            set_sha256=manifest.set_sha256,
            policy=rules.policy,
            policy_number=rules.number,
            policy_key=policy_key,
            signed_policy=self.policy or b"",
            subjects=self._subjects,
            sealed=self._sealed,
            pass_keys=self._pass_keys,
            revoked_passes=frozenset(self._revoked),
            list_keys=self._list_keys,
            calibrations={item.engine: item for item in rules.calibrations},
            probe_pass=self._only.get(RecordKind.PROBE_PASS, b"").decode(),
            removals=self._removals,
            numbers=self._numbers,
            number_salt=self._only.get(RecordKind.NUMBER_SALT, b""),
            template_key=manifest.template_key,
            digests=self.digests,
        )


def _kind(key: bytes) -> RecordKind:
    try:
        return RecordKind(key[0])
    except (ValueError, IndexError):
        raise BundleRefused(
            BundleRefusal.INVALID, f"a record of an unknown kind: {key[:1].hex()}", remedy="update this gate"
        ) from None


def _key(name: bytes, value: bytes | memoryview) -> bytes:
    key = bytes(value)
    if key_id_of(key) != name:
        raise BundleRefused(
            BundleRefusal.INVALID, f"a key is stored under the id of another key: {name.hex()}"
        )
    return key


def _probe_pass(value: bytes | memoryview) -> bytes:
    if len(value) > MOST_PROBE_BYTES or not bytes(value).isascii():
        raise BundleRefused(BundleRefusal.INVALID, f"a probe pass has at most {MOST_PROBE_BYTES} ASCII bytes")
    return bytes(value)


_CHECKED: dict[RecordKind, Callable[[bytes | memoryview], bytes]] = {
    RecordKind.POLICY: bytes,
    RecordKind.PROBE_PASS: _probe_pass,
    RecordKind.NUMBER_SALT: decode_salt,
}
"""How a record is read of which a set has one at most."""


def _only_of(held: Registry) -> dict[RecordKind, bytes]:
    """The records of which a set has one at most."""
    found = {
        RecordKind.POLICY: held.signed_policy,
        RecordKind.PROBE_PASS: held.probe_pass.encode(),
        RecordKind.NUMBER_SALT: held.number_salt,
    }
    return {kind: value for kind, value in found.items() if key_of(kind) in held.digests}


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise BundleRefused(BundleRefusal.INVALID, f"a record's key is not text: {name.hex()}") from None
