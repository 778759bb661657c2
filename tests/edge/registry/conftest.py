"""A site's keys and a bundle of its registry, made in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials import sign1
from edge.decision.policy import GatePolicy, Mode, Policy
from edge.decision.situation import ClockTrust, WallTime
from edge.decision.subject import Subject
from edge.registry import bundle
from edge.registry.bundle import Content, Delegation, Manifest, Trusted
from edge.registry.templates import SealedTemplate, Vector, seal
from edge.site.keys import raw_public

ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = WallTime(ISSUED + timedelta(days=1), ClockTrust.TRUSTED)
TEMPLATE_KEY = bytes(range(32))


@dataclass
class Authority:
    """Signs like the site office, and can be told to sign what no office would."""

    site: str = "green-court"
    root: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    registry: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def trusted(self) -> Trusted:
        return Trusted(self.site, raw_public(self.root.public_key()))

    def delegation(self, *, version: int = 1, site: str | None = None) -> bytes:
        keys = (raw_public(self.registry.public_key()),)
        value = Delegation(site or self.site, version, ISSUED + timedelta(days=900), keys)
        return sign1.sign(bundle.encode(value), self.root, context=bundle.DELEGATION_CONTEXT)

    def build(
        self,
        *,
        version: int = 1,
        content: Content | None = None,
        lifetime: timedelta = timedelta(days=30),
        site: str | None = None,
        delegation: bytes | None = None,
    ) -> bytes:
        data = bundle.encode(content or ordinary_content())
        manifest = Manifest(
            site or self.site, version, ISSUED, ISSUED + lifetime, hashlib.sha256(data).digest(), len(data)
        )
        signed = sign1.sign(bundle.encode(manifest), self.registry, context=bundle.MANIFEST_CONTEXT)
        return bundle.assemble(delegation or self.delegation(), signed, data)


def unit_vector(seed: int, size: int = 128) -> Vector:
    values = np.random.default_rng(seed).normal(size=size)
    return (values / np.linalg.norm(values)).astype(np.float32)


def sealed(subject: Subject, vector: Vector, site: str = "green-court") -> SealedTemplate:
    return seal(
        vector,
        key=TEMPLATE_KEY,
        nonce=bytes(12),
        site=site,
        subject_id=subject.id,
        subject_version=subject.version,
        engine="engine-1",
    )


def ordinary_content() -> Content:
    people = tuple(Subject(f"subject-{number}") for number in range(3))
    return Content(
        policy=Policy(gates={"main": GatePolicy(Mode.FACE_OR_CODE)}),
        subjects=people,
        templates=tuple(sealed(person, unit_vector(number)) for number, person in enumerate(people)),
        pass_keys=(bytes(32),),
        revoked_passes=frozenset({"ab" * 8}),
    )


@pytest.fixture
def authority() -> Authority:
    return Authority()
