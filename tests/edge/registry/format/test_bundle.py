"""What makes a bundle believed, and every way in which it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import ClockTrust, Policy, Subject
from edge.registry.format import (
    MOST_SNAPSHOT_BYTES,
    Blob,
    BundleRefusal,
    BundleRefused,
    ObjectKind,
    RecordKind,
    Registry,
    Trusted,
    blob_of,
    each_record,
    encode_records,
    hold_bundle,
    key_of,
    records_of,
    seal_object,
    verify_bundle,
)
from edge.registry.format.bundle import MAGIC
from edge.registry.format.manifest import HASH_BYTES
from edge.signing.cose import key_id_of
from tests.edge.registry.repository import NOW, SEAL_KEY, Repository, new_key, ordinary_content, public
from tests.examples import tried


def refusal(data: bytes, trusted: Trusted) -> BundleRefusal:
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(data, trusted, NOW)
    return caught.value.refusal


def test_a_genuine_bundle_is_the_registry_that_was_signed(repository: Repository) -> None:
    registry = verify_bundle(repository.bundle(version=7), repository.trusted(), NOW)
    assert isinstance(registry, Registry)
    assert (registry.site, registry.version) == ("green-court", 7)
    assert sorted(registry.subjects) == ["subject-0", "subject-1", "subject-2"]
    assert len(registry.templates) == 3
    assert registry.policy.gates["main"].mode == "face_or_code"
    assert registry.revoked_passes == {"ab" * 8}
    assert list(registry.pass_keys.values()) == [bytes(32)]


def test_another_roots_bundle_is_refused(repository: Repository) -> None:
    assert refusal(Repository().bundle(), repository.trusted()) is BundleRefusal.UNSIGNED


def test_a_registry_key_that_the_root_did_not_name_is_refused(repository: Repository) -> None:
    assert refusal(repository.bundle(key=new_key()), repository.trusted()) is BundleRefusal.UNSIGNED


def test_another_sites_bundle_is_refused_even_from_the_same_root(repository: Repository) -> None:
    assert refusal(repository.bundle(site="red-court"), repository.trusted()) is BundleRefusal.OTHER_SITE
    repository.rotate(sites=("red-court",))
    assert refusal(repository.bundle(), repository.trusted()) is BundleRefusal.OTHER_SITE


def test_a_bundle_for_other_gates_is_refused_and_one_for_all_is_taken(repository: Repository) -> None:
    for_main = repository.bundle(gates=("main", "out"))
    assert refusal(for_main, repository.trusted(gate="north")) is BundleRefusal.OTHER_GATE
    assert verify_bundle(for_main, repository.trusted(gate="main"), NOW).version == 1
    assert verify_bundle(repository.bundle(), repository.trusted(gate="north"), NOW).version == 2


@pytest.mark.parametrize(
    ("held", "offered", "expected"),
    [
        (5, 4, BundleRefusal.OLDER),
        (5, 5, BundleRefusal.CHANGED),
        (5, 6, None),
        (0, 1, None),
        pytest.param(0, 0, BundleRefusal.INVALID, marks=pytest.mark.off_schema),  # -1 comes before it
    ],
)
def test_versions_only_rise(
    repository: Repository, held: int, offered: int, expected: BundleRefusal | None
) -> None:
    [key] = public(repository.registry_key)
    trusted = repository.trusted(versions={key_id_of(key): held}, set_sha256=bytes(32) if held else b"")
    data = repository.bundle(version=offered)
    if expected is None:
        assert verify_bundle(data, trusted, NOW).version == offered
    else:
        assert refusal(data, trusted) is expected


def test_an_expired_bundle_is_not_taken_up_but_goes_on_to_be_held(repository: Repository) -> None:
    data = repository.bundle(lifetime=timedelta(hours=1))
    assert refusal(data, repository.trusted()) is BundleRefusal.EXPIRED
    assert hold_bundle(data, repository.trusted()).version == 1
    unsure = replace(NOW, trust=ClockTrust.UNTRUSTED)
    assert verify_bundle(data, repository.trusted(), unsure).version == 1


def test_a_root_that_expires_first_is_the_registrys_expiry(repository: Repository) -> None:
    early = NOW.at + timedelta(days=3)
    repository.rotate(expires=early)
    assert hold_bundle(repository.bundle(), repository.trusted()).expires == early


def test_a_bundle_cut_anywhere_is_refused(repository: Repository) -> None:
    data = repository.bundle()
    for length in [*range(0, len(data), 37), len(data) - 1]:
        assert refusal(data[:length], repository.trusted()) is BundleRefusal.UNREADABLE
    assert refusal(data + b"x", repository.trusted()) is BundleRefusal.UNREADABLE


def test_a_part_that_claims_four_gigabytes_is_refused_unread(repository: Repository) -> None:
    claim = MAGIC + b"\xff\xff\xff\xff" + bytes(100)
    assert refusal(claim, repository.trusted()) is BundleRefusal.TOO_LARGE


@pytest.mark.parametrize("size", [10 * 10**9, MOST_SNAPSHOT_BYTES + 1])
def test_a_signed_claim_of_ten_gigabytes_is_refused_too(repository: Repository, size: int) -> None:
    made = repository.publish()
    claimed = replace(made.manifest.snapshot, size=size)
    data = repository.bundle_with(made, snapshot=b"", claimed=claimed)
    assert refusal(data, repository.trusted()) is BundleRefusal.TOO_LARGE


def test_chunk_hashes_that_are_not_as_many_as_the_chunks_are_refused(repository: Repository) -> None:
    made = repository.publish()
    blob = made.manifest.snapshot
    for chunks in (b"", blob.chunks[:-1], blob.chunks + bytes(HASH_BYTES)):
        data = repository.bundle_with(made, claimed=Blob(blob.sha256, blob.size, chunks))
        assert refusal(data, repository.trusted()) is BundleRefusal.INVALID


# --- the content, genuinely signed and wrong -----------------------------------------------------


def signed_set(repository: Repository, snapshot: bytes, **fields: Any) -> bytes:
    """A bundle of these bytes, sealed and with every hash right: only its maker is to blame."""
    made, part = repository.publish(), seal_object(snapshot, ObjectKind.SNAPSHOT, repository.site, SEAL_KEY)
    return repository.bundle_with(made, part, claimed=blob_of(part), **fields)


def test_a_snapshot_whose_records_are_not_the_set_that_was_signed_is_refused(repository: Repository) -> None:
    other = encode_records(repository.records(ordinary_content(2)))
    assert refusal(signed_set(repository, other), repository.trusted()) is BundleRefusal.INVALID


@pytest.mark.parametrize("what", ["cut", "order", "twice", "kind"])
def test_records_in_any_other_encoding_are_refused(repository: Repository, what: str) -> None:
    whole = encode_records(repository.records())
    records = {key: bytes(value) for key, value in each_record(whole)}
    first = encode_records({key_of(RecordKind.POLICY): records[key_of(RecordKind.POLICY)]})
    wrong = {
        "cut": whole[:-1],
        "order": whole[len(first) :] + first,
        "twice": first + whole,
        "kind": encode_records(records | {b"\x77odd": b""}),
    }[what]
    assert refusal(signed_set(repository, wrong), repository.trusted()) is BundleRefusal.INVALID


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (key_of(RecordKind.SUBJECT, b"x"), b"noise"),
        (key_of(RecordKind.SUBJECT, b"x"), b"\x93" * 4_000),
        (key_of(RecordKind.TEMPLATE, b"x\0\0\0"), b"\x80"),
        (key_of(RecordKind.PASS_KEY, bytes(8)), bytes(32)),
        (key_of(RecordKind.REVOKED_PASS, b"\xff\xfe"), b""),
        (key_of(RecordKind.POLICY), b"unsigned rules"),
    ],
)
def test_a_record_that_cannot_be_refuses_the_set_by_name(
    repository: Repository, key: bytes, value: bytes
) -> None:
    wrong = encode_records(dict(repository.records()) | {key: value})
    assert refusal(signed_set(repository, wrong), repository.trusted()) in {
        BundleRefusal.INVALID,
        BundleRefusal.UNSIGNED,
    }


def test_one_persons_record_under_anothers_id_is_refused(repository: Repository) -> None:
    records = dict(repository.records())
    records[key_of(RecordKind.SUBJECT, b"subject-9")] = records[key_of(RecordKind.SUBJECT, b"subject-1")]
    assert (
        refusal(signed_set(repository, encode_records(records)), repository.trusted())
        is BundleRefusal.INVALID
    )


# --- the policy has a key of its own -------------------------------------------------------------


def test_anyone_who_has_the_registry_key_alone_cannot_change_the_rules(repository: Repository) -> None:
    thief = Repository(root_keys=repository.root_keys, registry_key=repository.registry_key)
    forged = records_of(ordinary_content(), thief.records()[key_of(RecordKind.POLICY)])
    assert refusal(repository.bundle(records=forged), repository.trusted()) is BundleRefusal.UNSIGNED


def test_an_older_policy_is_refused_in_a_newer_registry(repository: Repository) -> None:
    old = repository.records()
    first = hold_bundle(repository.bundle(), repository.trusted())
    newer = replace(repository.content, policy=Policy(time_zone="Europe/Vienna"))
    second = hold_bundle(repository.bundle(content=newer), repository.trusted())
    assert (first.policy_number, second.policy_number) == (1, 2)
    trusted = repository.trusted(policies={second.policy_key: second.policy_number})
    assert refusal(repository.bundle(records=old), trusted) is BundleRefusal.OLDER


def test_another_sites_policy_is_refused(repository: Repository) -> None:
    neighbour = Repository(
        "red-court", repository.root_keys, repository.registry_key, policy_key=repository.policy_key
    )
    neighbour.rotate(sites=())
    theirs = neighbour.records()
    assert refusal(repository.bundle(records=theirs), repository.trusted()) is BundleRefusal.OTHER_SITE


# --- noise ---------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=tried(300), deadline=None)
@given(place=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_no_altered_bit_is_believed(repository: Repository, place: int, bit: int) -> None:
    data = bytearray(repository.bundle())
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(BundleRefused):
        verify_bundle(bytes(data), repository.trusted(), NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused_by_name(repository: Repository, noise: bytes) -> None:
    for data in (noise, MAGIC + noise):
        with pytest.raises(BundleRefused):
            verify_bundle(data, repository.trusted(), NOW)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    )
)
def test_a_set_has_one_encoding_and_it_reads_back(people: dict[str, str]) -> None:
    subjects = tuple(Subject(name, name=text) for name, text in people.items())
    records = records_of(replace(ordinary_content(0), subjects=subjects), b"policy")
    backwards = dict(reversed(list(records.items())))
    assert encode_records(records) == encode_records(backwards)
    assert {key: bytes(value) for key, value in each_record(encode_records(records))} == records
