"""The root's chain: who may rotate keys, who may not, and that anyone who slept through it converges."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.admin.publication import sign_root
from edge.errors import CredentialError
from edge.registry.format import (
    ROOT_CONTEXT,
    BundleRefusal,
    BundleRefused,
    anchor_of,
    encode_root,
    hold_bundle,
    join_chain,
    split_chain,
    verify_bundle,
    walk,
)
from edge.signing.cose import encode_value, key_id_of, multisig
from tests.edge.registry.repository import NOW, Repository, new_key, public


def three_safes() -> Repository:
    return Repository(root_keys=[new_key(), new_key(), new_key()])


def refusal(chain: bytes, repository: Repository) -> BundleRefusal:
    with pytest.raises(BundleRefused) as caught:
        walk(chain, repository.anchor)
    return caught.value.refusal


@pytest.mark.parametrize(("keys", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_more_than_half_of_the_keys_that_a_gate_was_given_speak(keys: int, needed: int) -> None:
    assert anchor_of(public(*(new_key() for _ in range(keys)))).threshold == needed


def test_a_key_given_twice_counts_once() -> None:
    key = new_key()
    assert anchor_of(public(key, key)).threshold == 1


def test_two_of_three_make_a_root_and_one_of_three_does_not() -> None:
    repository = three_safes()
    first, second, third = repository.root_keys
    for signers, good in (((first, second), True), ((second, third), True), ((third,), False), ((), False)):
        chain = join_chain([sign_root(repository.next_root(version=1), signers)])
        if good:
            assert walk(chain, repository.anchor).version == 1
        else:
            assert refusal(chain, repository) in {BundleRefusal.FORGED, BundleRefusal.UNSIGNED}


def test_one_key_that_signs_twice_is_one_key() -> None:
    repository = three_safes()
    [key, *_] = repository.root_keys
    message = multisig.MultiSigned(encode_root(repository.next_root(version=1)), {})
    once = multisig.signed_also(message, key, context=ROOT_CONTEXT)
    assert multisig.signed_also(once, key, context=ROOT_CONTEXT) == once
    doubled = multisig.encode(once)
    [signature] = once.signatures.values()
    stranger = multisig.MultiSigned(once.payload, {**once.signatures, bytes(8): signature})
    for data in (doubled, multisig.encode(stranger)):
        assert refusal(join_chain([data]), repository) is BundleRefusal.FORGED


Signers = Callable[[Repository, list[Ed25519PrivateKey]], list[Ed25519PrivateKey]]


@pytest.mark.parametrize(
    ("signers", "good"),
    [
        (lambda old, new: [*old.root_keys[:2], *new[:2]], True),
        (lambda old, new: [*old.root_keys, *new], True),
        (lambda old, new: [*old.root_keys[:1], *new], False),
        (lambda old, new: [*old.root_keys], False),  # noqa: ARG005
        (lambda old, new: [*new], False),  # noqa: ARG005
        (lambda old, new: [*old.root_keys, *new[:1]], False),
    ],
)
def test_the_next_root_needs_enough_of_the_old_keys_and_of_its_own(signers: Signers, good: bool) -> None:
    repository = three_safes()
    new = [new_key(), new_key(), new_key()]
    following = sign_root(repository.next_root(root_keys=public(*new)), signers(repository, new))
    chain = join_chain([*repository.documents, following])
    if good:
        assert walk(chain, repository.anchor).root_keys == public(*new)
    else:
        assert refusal(chain, repository) in {BundleRefusal.FORGED, BundleRefusal.UNSIGNED}


@pytest.mark.parametrize("version", [1, 3, 0])
def test_a_root_that_is_not_the_next_one_is_refused(version: int) -> None:
    repository = three_safes()
    skipped = sign_root(repository.next_root(version=version), repository.root_keys)
    assert refusal(join_chain([*repository.documents, skipped]), repository) is BundleRefusal.OLDER


@pytest.mark.off_schema
@pytest.mark.parametrize(
    "fields",
    [
        {"threshold": 0},
        {"threshold": 4},
        {"registry_keys": (b"short",)},
        {"root_keys": ()},
    ],
)
def test_a_root_that_cannot_be_is_refused_though_it_is_signed(fields: dict[str, object]) -> None:
    repository = three_safes()
    wrong = sign_root(repository.next_root(**fields), repository.root_keys)
    assert refusal(join_chain([*repository.documents, wrong]), repository) is BundleRefusal.INVALID


def test_a_root_of_an_earlier_gatepost_says_what_to_do() -> None:
    """The context is the same, so its signatures are right; the times in it were text."""
    repository = three_safes()
    fields = msgspec.to_builtins(repository.root, builtin_types=(bytes,))
    payload = encode_value(fields | {"expires": "2027-01-01T00:00:00Z"})
    message = multisig.MultiSigned(payload, {})
    for key in repository.root_keys:
        message = multisig.signed_also(message, key, context=ROOT_CONTEXT)
    with pytest.raises(BundleRefused, match="make the site anew") as caught:
        walk(join_chain([multisig.encode(message)]), repository.anchor)
    assert caught.value.refusal is BundleRefusal.INVALID


def test_a_key_from_a_safe_is_never_also_a_key_of_a_machine() -> None:
    repository = three_safes()
    wrong = repository.next_root(registry_keys=public(repository.root_keys[0]))
    chain = join_chain([*repository.documents, sign_root(wrong, repository.root_keys)])
    assert refusal(chain, repository) is BundleRefusal.INVALID


def test_no_chain_no_trust(repository: Repository) -> None:
    assert refusal(b"", repository) is BundleRefusal.UNSIGNED
    assert refusal(join_chain([b"noise"]), repository) is BundleRefusal.UNSIGNED
    assert refusal(bytes(70_000), repository) is BundleRefusal.TOO_LARGE


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_altered_bit_of_a_chain_is_believed(place: int, bit: int) -> None:
    repository = three_safes()
    chain = bytearray(repository.roots)
    chain[place % len(chain)] ^= 1 << bit
    with suppress(BundleRefused):
        # One signature of three may be damaged: two others still say this, and nothing else.
        assert walk(bytes(chain), repository.anchor) == repository.root


@pytest.mark.parametrize("data", [b"", b"\xa0", b"\xd8\x62\x80", b"\xd8\x62\x84\x40\xa0\x40\x81\x80"])
def test_what_is_no_signed_message_is_named(data: bytes) -> None:
    with pytest.raises(CredentialError):
        multisig.parse(data, most_payload_bytes=100)


# --- compromise and rotation ---------------------------------------------------------------------


def test_a_stolen_registry_key_signs_nothing_more_once_the_root_has_revoked_it(
    repository: Repository,
) -> None:
    stolen = repository.registry_key
    roots = repository.roots
    repository.registry_key = new_key()
    repository.rotate()
    assert verify_bundle(repository.bundle(), repository.trusted(), NOW).version == 1
    for_the_old_root = repository.trusted()
    thiefs = Repository(root_keys=repository.root_keys, registry_key=stolen, policy_key=repository.policy_key)
    thiefs.documents = list(split_chain(roots))
    assert verify_bundle(thiefs.bundle(version=9), for_the_old_root, NOW).version == 9, "before the rotation"
    knowing = repository.trusted(roots=repository.roots)
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(thiefs.bundle(version=10), knowing, NOW)
    assert caught.value.refusal is BundleRefusal.UNSIGNED


def test_the_thiefs_enormous_version_does_not_block_the_new_key(repository: Repository) -> None:
    thiefs = hold_bundle(repository.bundle(version=2**60), repository.trusted())
    seen = {thiefs.signed_by: thiefs.version}
    later = repository.bundle(version=7)
    with pytest.raises(BundleRefused):
        verify_bundle(later, repository.trusted(versions=seen), NOW)
    repository.registry_key = new_key()
    repository.rotate()
    trusted = repository.trusted(versions=seen, set_sha256=thiefs.set_sha256)
    assert verify_bundle(repository.bundle(version=7), trusted, NOW).version == 7


def test_a_gate_that_slept_through_many_rotations_follows_them_all(repository: Repository) -> None:
    before = repository.trusted(roots=repository.roots)
    for _ in range(20):
        repository.registry_key, repository.policy_key = new_key(), new_key()
        repository.rotate(root_keys=[new_key(), new_key(), new_key()])
    registry = verify_bundle(repository.bundle(), before, NOW)
    assert registry.root.version == 21
    assert registry.root.threshold == 2


def test_an_expired_root_in_the_middle_of_the_chain_stops_nobody(repository: Repository) -> None:
    repository.rotate(expires=NOW.at - timedelta(days=20))
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(repository.bundle(), repository.trusted(), NOW)
    assert caught.value.refusal is BundleRefusal.EXPIRED
    repository.rotate()
    assert verify_bundle(repository.bundle(), repository.trusted(), NOW).root.version == 3


def test_a_revoked_policy_key_takes_its_rules_along(repository: Repository) -> None:
    old_rules = repository.records()
    repository.policy_key = new_key()
    repository.rotate()
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(repository.bundle(records=old_rules), repository.trusted(), NOW)
    assert caught.value.refusal is BundleRefusal.UNSIGNED
    assert verify_bundle(repository.bundle(), repository.trusted(), NOW).policy_key == key_id_of(
        *public(repository.policy_key)
    )
