"""A registry's objects are sealed for one site's gates: nobody else opens them; each is sealed one way."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.registry.format import (
    SEAL_KEY_BYTES,
    BundleRefusal,
    BundleRefused,
    ObjectKind,
    Trusted,
    blob_of,
    hold_bundle,
    open_object,
    seal_key_of,
    seal_object,
    verify_bundle,
    verify_changes,
)
from edge.registry.format.sealing import SEAL_OVERHEAD
from tests.edge.registry.repository import (
    NOW,
    SEAL_KEY,
    SITE,
    TEMPLATE_KEY,
    Repository,
    changed,
    ordinary_content,
)

OTHER = seal_key_of(bytes(32))


@given(st.binary(min_size=1, max_size=300), st.sampled_from(ObjectKind))
def test_what_was_sealed_opens_again_and_equal_is_sealed_equal(plain: bytes, kind: ObjectKind) -> None:
    sealed = seal_object(plain, kind, SITE, SEAL_KEY)
    assert open_object(sealed, kind, SITE, SEAL_KEY) == plain
    assert seal_object(plain, kind, SITE, SEAL_KEY) == sealed
    assert len(sealed) == len(plain) + SEAL_OVERHEAD


def test_the_seal_key_follows_from_the_template_key_and_an_object_is_bound_to_site_and_kind() -> None:
    """What an independent implementation has to do, in the fewest words."""
    assert len(SEAL_KEY) == SEAL_KEY_BYTES
    assert seal_key_of(TEMPLATE_KEY) == SEAL_KEY != OTHER
    bound = [b"gatepost registry object 1", b"green-court", b"snapshot"]
    assert seal_object(b"records", ObjectKind.SNAPSHOT, SITE, SEAL_KEY) == AESSIV(SEAL_KEY).encrypt(
        b"records", bound
    )


SEALED = seal_object(b"records", ObjectKind.SNAPSHOT, SITE, SEAL_KEY)


@pytest.mark.parametrize(
    ("data", "kind", "site", "key"),
    [
        (SEALED, ObjectKind.SNAPSHOT, SITE, OTHER),
        (SEALED, ObjectKind.SNAPSHOT, SITE, b""),
        (SEALED, ObjectKind.SNAPSHOT, "red-court", SEAL_KEY),
        (SEALED, ObjectKind.CHANGES, SITE, SEAL_KEY),
        (SEALED[:-1], ObjectKind.SNAPSHOT, SITE, SEAL_KEY),
        (SEALED[:15], ObjectKind.SNAPSHOT, SITE, SEAL_KEY),
        (b"", ObjectKind.SNAPSHOT, SITE, SEAL_KEY),
        (bytes([SEALED[0] ^ 1]) + SEALED[1:], ObjectKind.SNAPSHOT, SITE, SEAL_KEY),
        (SEALED + b"\0", ObjectKind.SNAPSHOT, SITE, SEAL_KEY),
    ],
    ids=["key", "no key", "site", "kind", "cut", "stump", "empty", "altered", "longer"],
)
def test_what_does_not_open_is_refused_with_one_code(
    data: bytes, kind: ObjectKind, site: str, key: bytes
) -> None:
    with pytest.raises(BundleRefused) as caught:
        open_object(data, kind, site, key)
    assert caught.value.refusal is BundleRefusal.OTHER_KEY


def with_key(repository: Repository, key: bytes) -> Trusted:
    return repository.trusted(seal_key=key)


def test_a_gate_with_another_template_key_takes_neither_bundle_nor_changes(repository: Repository) -> None:
    first = repository.publish().bundle
    held = hold_bundle(first, repository.trusted())
    data = repository.publish(changed(ordinary_content(), {"subject-1": {"name": "A"}})).file_of_changes(1)
    for key in (OTHER, b""):
        with pytest.raises(BundleRefused) as caught:
            verify_bundle(first, with_key(repository, key), NOW)
        assert caught.value.refusal is BundleRefusal.OTHER_KEY
        with pytest.raises(BundleRefused) as caught:
            verify_changes(data, held, with_key(repository, key), NOW)
        assert caught.value.refusal is BundleRefusal.OTHER_KEY


def test_what_was_altered_on_its_way_has_not_the_signed_hash(repository: Repository) -> None:
    """The hashes that are signed are those of what is sealed: a carrier checks them, and needs no key."""
    made = repository.publish()
    for snapshot, code in (
        (made.snapshot[:-1] + bytes([made.snapshot[-1] ^ 1]), BundleRefusal.FORGED),
        (seal_object(b"others", ObjectKind.SNAPSHOT, SITE, SEAL_KEY), BundleRefusal.FORGED),
    ):
        with pytest.raises(BundleRefused) as caught:
            verify_bundle(repository.bundle_with(made, snapshot), repository.trusted(), NOW)
        assert caught.value.refusal is code


def test_another_sites_snapshot_under_this_sites_signature_is_refused(repository: Repository) -> None:
    made = repository.publish()
    theirs = seal_object(b"records", ObjectKind.SNAPSHOT, "red-court", SEAL_KEY)
    data = repository.bundle_with(made, theirs, claimed=blob_of(theirs))
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(data, repository.trusted(), NOW)
    assert caught.value.refusal is BundleRefusal.OTHER_KEY


def test_nobody_is_read_in_what_travels(repository: Repository) -> None:
    names = {f"subject-{number}": {"name": f"Li Xiaohong {number}"} for number in range(3)}
    repository.publish()
    made = repository.publish(changed(replace(ordinary_content()), names))
    for data in (made.bundle, made.file_of_changes(1)):
        assert b"subject-" not in data
        assert b"Li Xiaohong" not in data
