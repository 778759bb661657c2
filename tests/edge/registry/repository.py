"""A registry's repository in memory: it publishes, rotates keys and can sign what no publisher would.

Nothing in it is faked: keys, signatures and files are those that gates get. After python-tuf's simulator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.admin.publication import (
    Edition,
    Publication,
    publication,
    sign_policy,
    sign_root,
    sign_urgent_revocations,
)
from edge.decision import ClockTrust, Mode, Policy, Subject, WallTime
from edge.decision.policy import GatePolicy
from edge.registry.format import (
    MANIFEST_CONTEXT,
    Base,
    Blob,
    Content,
    Manifest,
    Records,
    Root,
    SealedTemplate,
    SignedPolicy,
    Trusted,
    UrgentRevocations,
    anchor_of,
    assemble,
    encode_manifest,
    join_chain,
    records_of,
    seal_key_of,
    walk,
)
from edge.registry.templates import Vector, seal
from edge.signing.cose import sign1
from edge.signing.key_files import raw_public
from tests.keys import ed25519

SITE = "green-court"
ENGINE = "engine-1"
ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = WallTime(ISSUED + timedelta(days=1), ClockTrust.TRUSTED)
MONTH = timedelta(days=30)
TEMPLATE_KEY = bytes(range(32))
SEAL_KEY = seal_key_of(TEMPLATE_KEY)
POLICY = Policy(gates={"main": GatePolicy(Mode.FACE_OR_CODE)})


def new_key() -> Ed25519PrivateKey:
    return ed25519()


def public(*keys: Ed25519PrivateKey) -> tuple[bytes, ...]:
    return tuple(raw_public(key.public_key()) for key in keys)


def unit_vector(seed: int, size: int = 128) -> Vector:
    values = np.random.default_rng(seed).normal(size=size)
    return (values / np.linalg.norm(values)).astype(np.float32)


def sealed(subject: Subject, vector: Vector, site: str = SITE) -> SealedTemplate:
    return seal(
        vector,
        key=TEMPLATE_KEY,
        nonce=sha256(vector.tobytes()).digest()[:12],
        site=site,
        subject_id=subject.id,
        subject_version=subject.version,
        engine=ENGINE,
    )


def ordinary_content(people: int = 3) -> Content:
    subjects = tuple(Subject(f"subject-{number}") for number in range(people))
    return Content(
        policy=POLICY,
        subjects=subjects,
        templates=tuple(sealed(person, unit_vector(number)) for number, person in enumerate(subjects)),
        pass_keys=(bytes(32),),
        revoked_passes=frozenset({"ab" * 8}),
    )


@dataclass
class Repository:
    """`root_keys` are in safes: with three of them any two speak."""

    site: str = SITE
    root_keys: list[Ed25519PrivateKey] = field(default_factory=lambda: [new_key()])
    registry_key: Ed25519PrivateKey = field(default_factory=new_key)
    policy_key: Ed25519PrivateKey = field(default_factory=new_key)
    content: Content = field(default_factory=ordinary_content)
    version: int = 0
    documents: list[bytes] = field(default_factory=list)
    history: dict[int, Base] = field(default_factory=dict)
    published: list[Publication] = field(default_factory=list)
    signed_policy: bytes = b""

    def __post_init__(self) -> None:
        self.anchor = anchor_of(public(*self.root_keys))
        self.rotate()

    @property
    def roots(self) -> bytes:
        return join_chain(self.documents)

    @property
    def root(self) -> Root:
        return walk(self.roots, self.anchor)

    def trusted(self, **known: Any) -> Trusted:
        return Trusted(known.pop("site", self.site), self.anchor, **({"seal_key": SEAL_KEY} | known))

    def next_root(self, **fields: Any) -> Root:
        """What the next root would say with the keys of now."""
        value = Root(
            version=len(self.documents) + 1,
            expires=ISSUED + timedelta(days=900),
            threshold=len(self.root_keys) // 2 + 1,
            root_keys=public(*self.root_keys),
            registry_keys=public(self.registry_key),
            policy_keys=public(self.policy_key),
            sites=(self.site,),
        )
        return replace(value, **fields)

    def rotate(self, *, root_keys: list[Ed25519PrivateKey] | None = None, **fields: Any) -> None:
        """The next root, signed by enough of the old keys and of the new."""
        old = self.root_keys
        self.root_keys = root_keys or old
        signers = {raw_public(key.public_key()): key for key in (*old, *self.root_keys)}
        self.documents.append(sign_root(self.next_root(**fields), signers.values()))

    def records(self, content: Content | None = None) -> Records:
        chosen = content or self.content
        rules = SignedPolicy(self.site, 0, chosen.policy, chosen.calibrations)
        self.signed_policy = sign_policy(rules, self.policy_key, self.root, self.signed_policy)
        return records_of(chosen, self.signed_policy)

    def publish(
        self,
        content: Content | None = None,
        *,
        version: int | None = None,
        lifetime: timedelta = MONTH,
        site: str | None = None,
        gates: tuple[str, ...] = (),
        bases: Iterable[int] | None = None,
        key: Ed25519PrivateKey | None = None,
        records: Records | None = None,
    ) -> Publication:
        """The next version, with the changes from every version before it (or from `bases`)."""
        self.content = content or self.content
        self.version = self.version + 1 if version is None else version
        records = records or self.records()
        chosen = self.history.keys() if bases is None else bases
        made = publication(
            records,
            Edition(site or self.site, self.version, ISSUED, ISSUED + lifetime, gates),
            self.roots,
            key or self.registry_key,
            SEAL_KEY,
            [self.history[base] for base in chosen],
        )
        self.history[self.version] = Base(self.version, made.manifest.set_sha256, records)
        self.published.append(made)
        return made

    def bundle(self, **options: Any) -> bytes:
        return self.publish(**options).bundle

    def bundle_with(
        self, made: Publication, snapshot: bytes | None = None, claimed: Blob | None = None, **fields: Any
    ) -> bytes:
        """`made` with another manifest, genuinely signed: what only a thief of the key would do."""
        manifest: Manifest = replace(made.manifest, snapshot=claimed or made.manifest.snapshot, **fields)
        signed = sign1.sign(encode_manifest(manifest), self.registry_key, context=MANIFEST_CONTEXT)
        return assemble(made.roots, signed, made.snapshot if snapshot is None else snapshot)

    def revoke(self, number: int, base: int, **taken: Any) -> bytes:
        listed = UrgentRevocations(taken.pop("site", self.site), number, base, ISSUED, **taken)
        return sign_urgent_revocations(listed, self.roots, self.registry_key)


def changed(content: Content, subjects: Mapping[str, Mapping[str, object]]) -> Content:
    """The same people, some with other fields under the next version of their record."""
    people = tuple(
        replace(person, version=person.version + 1, **subjects[person.id])
        if person.id in subjects
        else person
        for person in content.subjects
    )
    return replace(content, subjects=people)
