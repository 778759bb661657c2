"""Changes end with the set that was signed, or change nothing."""

from __future__ import annotations

import tracemalloc
import zlib
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import Status, StatusRecord, Subject
from edge.registry.format import (
    MOST_CHANGE_BYTES,
    BundleRefusal,
    BundleRefused,
    Content,
    ObjectKind,
    Offer,
    Registry,
    Trusted,
    blob_of,
    compacted,
    encode_manifest,
    hold_bundle,
    seal_object,
    verify_changes,
)
from edge.registry.format.changes import MAGIC, MOST_INFLATED_BYTES, Changes
from edge.signing.cose import encode_value
from tests.edge.registry.repository import (
    ISSUED,
    MONTH,
    NOW,
    POLICY,
    SEAL_KEY,
    Repository,
    changed,
    ordinary_content,
    sealed,
    unit_vector,
)
from tests.examples import tried

RED = StatusRecord(Status.RED, "office", "", "rule", ISSUED)


def refusal(data: bytes, held: Registry, trusted: Trusted) -> BundleRefusal:
    with pytest.raises(BundleRefused) as caught:
        verify_changes(data, held, trusted, NOW)
    return caught.value.refusal


def two_versions(repository: Repository) -> tuple[Registry, bytes]:
    """The first version, held, and the changes to a second."""
    held = hold_bundle(repository.bundle(), repository.trusted())
    content = changed(repository.content, {"subject-1": {"status": RED}})
    return held, repository.publish(content).file_of_changes(1)


def test_changes_bring_what_the_whole_would_bring(repository: Repository) -> None:
    held = hold_bundle(repository.bundle(), repository.trusted())
    content = changed(repository.content, {"subject-1": {"name": "李娜"}})
    newcomer = Subject("subject-9")
    content = replace(
        content,
        subjects=(*content.subjects[1:], newcomer),
        templates=(*content.templates[1:], sealed(newcomer, unit_vector(9))),
        pass_keys=(b"k" * 32,),
        list_keys=(b"l" * 32,),
        revoked_passes=frozenset({"cd" * 8}),
        policy=replace(POLICY, time_zone="Europe/Vienna"),
    )
    made = repository.publish(content)
    after = verify_changes(made.file_of_changes(1), held, repository.trusted(), NOW)
    assert after == hold_bundle(made.bundle, repository.trusted())
    assert sorted(after.subjects) == ["subject-1", "subject-2", "subject-9"]
    assert sorted(held.subjects) == ["subject-0", "subject-1", "subject-2"], "what was held stays as it was"


def test_the_same_changes_a_second_time_are_refused(repository: Repository) -> None:
    held, data = two_versions(repository)
    after = verify_changes(data, held, repository.trusted(), NOW)
    assert refusal(data, after, repository.trusted()) is BundleRefusal.OTHER_BASE


def test_changes_for_another_base_are_refused(repository: Repository) -> None:
    held = hold_bundle(repository.bundle(), repository.trusted())
    repository.publish(changed(repository.content, {"subject-1": {"name": "A"}}))
    third = repository.publish(changed(repository.content, {"subject-1": {"name": "B"}}))
    assert refusal(third.file_of_changes(2), held, repository.trusted()) is BundleRefusal.OTHER_BASE
    assert verify_changes(third.file_of_changes(1), held, repository.trusted(), NOW).version == 3


def test_changes_for_another_set_under_the_same_version_are_refused(repository: Repository) -> None:
    """Two histories that began alike: the number is right, what is held is not."""
    held = hold_bundle(repository.bundle(), repository.trusted())
    fork = Repository(
        root_keys=repository.root_keys, registry_key=repository.registry_key, policy_key=repository.policy_key
    )
    fork.publish(changed(ordinary_content(), {"subject-2": {"name": "another"}}))
    data = fork.publish(changed(fork.content, {"subject-1": {"status": RED}})).file_of_changes(1)
    assert refusal(data, held, repository.trusted()) is BundleRefusal.OTHER_BASE


def test_changes_of_another_site_are_refused(repository: Repository) -> None:
    held, _ = two_versions(repository)
    neighbour = Repository(
        "red-court", repository.root_keys, repository.registry_key, policy_key=repository.policy_key
    )
    neighbour.publish()
    data = neighbour.publish(changed(neighbour.content, {"subject-1": {"status": RED}})).file_of_changes(1)
    assert refusal(data, held, repository.trusted()) is BundleRefusal.OTHER_SITE


def test_one_versions_changes_under_anothers_manifest_are_refused(repository: Repository) -> None:
    held = hold_bundle(repository.bundle(), repository.trusted())
    second = repository.publish(changed(repository.content, {"subject-1": {"name": "A"}}))
    third = repository.publish(changed(repository.content, {"subject-1": {"name": "B"}}))
    mixed = replace(third.manifest, changes=second.manifest.changes)
    data = resigned(repository, mixed, second.changes[1])
    assert refusal(data, held, repository.trusted()) is BundleRefusal.INVALID
    swapped = third.file_of_changes(1).replace(third.changes[1], second.changes[1])
    assert refusal(swapped, held, repository.trusted()) in {BundleRefusal.FORGED, BundleRefusal.UNREADABLE}


def test_an_older_version_by_way_of_changes_is_refused(repository: Repository) -> None:
    held, data = two_versions(repository)
    seen = {held.signed_by: 5}
    assert refusal(data, held, repository.trusted(versions=seen)) is BundleRefusal.OLDER


def resigned(repository: Repository, manifest: object, part: bytes) -> bytes:
    from edge.registry.format import MANIFEST_CONTEXT, Manifest, assemble_changes
    from edge.signing.cose import sign1

    assert isinstance(manifest, Manifest)
    signed = sign1.sign(encode_manifest(manifest), repository.registry_key, context=MANIFEST_CONTEXT)
    return assemble_changes(repository.roots, signed, part)


def offered(repository: Repository, plain: bytes) -> bytes:
    """Anything at all, offered as the changes from version 1, genuinely sealed and signed."""
    part = seal_object(plain, ObjectKind.CHANGES, repository.site, SEAL_KEY)
    manifest = replace(repository.publish().manifest, changes=(Offer(1, blob_of(part)),))
    return resigned(repository, manifest, part)


def test_changes_that_do_not_end_with_the_set_that_was_signed_change_nothing(repository: Repository) -> None:
    held, _ = two_versions(repository)
    empty = zlib.compress(encode_value(Changes("green-court", 1, held.set_sha256, 3)))
    assert refusal(offered(repository, empty), held, repository.trusted()) is BundleRefusal.INVALID


def test_a_record_removed_that_was_never_there_is_refused(repository: Repository) -> None:
    held, _ = two_versions(repository)
    wrong = Changes("green-court", 1, held.set_sha256, 3, removed=(b"\x02nobody",))
    data = offered(repository, zlib.compress(encode_value(wrong)))
    assert refusal(data, held, repository.trusted()) is BundleRefusal.OTHER_BASE


@pytest.mark.parametrize("part", [b"n", b"noise", zlib.compress(b"noise"), zlib.compress(b"\x80")[:-2]])
def test_a_signed_part_that_is_no_changes_is_refused(repository: Repository, part: bytes) -> None:
    held, _ = two_versions(repository)
    assert refusal(offered(repository, part), held, repository.trusted()) in {
        BundleRefusal.INVALID,
        BundleRefusal.TOO_LARGE,
    }


def test_a_decompression_bomb_costs_its_bound_and_is_refused(repository: Repository) -> None:
    held, _ = two_versions(repository)
    deflate = zlib.compressobj(9)
    # Each piece leaves no trace in the next, so one can be repeated instead of compressing 2 GB.
    first, piece = (deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    bomb = first + piece * 2_000
    inflated = zlib.decompressobj().decompress(bomb, 5 << 20)
    assert inflated == bytes(5 << 20)
    assert len(bomb) < MOST_CHANGE_BYTES
    data = offered(repository, bomb)
    tracemalloc.start()
    try:
        assert refusal(data, held, repository.trusted()) is BundleRefusal.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_INFLATED_BYTES
    finally:
        tracemalloc.stop()


def test_a_claim_of_ten_gigabytes_is_refused_unread(repository: Repository) -> None:
    held, _ = two_versions(repository)
    assert refusal(MAGIC + b"\xff\xff\xff\xff", held, repository.trusted()) is BundleRefusal.TOO_LARGE
    huge = Offer(1, replace(blob_of(b"x"), size=10 * 10**9))
    data = resigned(repository, replace(repository.publish().manifest, changes=(huge,)), b"x")
    assert refusal(data, held, repository.trusted()) is BundleRefusal.TOO_LARGE


def test_changes_larger_than_the_whole_are_not_offered(repository: Repository) -> None:
    repository.publish(
        Content(POLICY, subjects=tuple(Subject(sha256(bytes([number])).hexdigest()) for number in range(200)))
    )
    assert repository.publish(Content(POLICY, subjects=(Subject("one"),))).changes == {}


@pytest.mark.parametrize("where", range(0, 100, 7))
def test_changes_cut_anywhere_are_refused(repository: Repository, where: int) -> None:
    held, data = two_versions(repository)
    assert refusal(data[: len(data) * where // 100], held, repository.trusted()) is BundleRefusal.UNREADABLE


def test_what_was_put_together_is_what_would_be_sent_whole(repository: Repository) -> None:
    first = repository.bundle()
    files = []
    for number in range(5):
        repository.publish(changed(repository.content, {f"subject-{number % 3}": {"name": f"name {number}"}}))
        files.append(repository.published[-1].file_of_changes(number + 1))
    assert compacted(first, files, repository.trusted()) == repository.published[-1].bundle


people = st.dictionaries(st.sampled_from([f"p{number}" for number in range(12)]), st.integers(0, 5))


@settings(max_examples=tried(60), deadline=None)
@given(st.lists(people, min_size=2, max_size=5))
def test_any_version_follows_from_any_other(versions: list[dict[str, int]]) -> None:
    """Whatever the sets are, the changes between two of them give the second, byte for byte."""
    repository = Repository()
    made = [
        repository.publish(
            Content(POLICY, subjects=tuple(Subject(name, version=v) for name, v in sorted(each.items())))
        )
        for each in versions
    ]
    trusted, last = repository.trusted(), made[-1]
    whole = hold_bundle(last.bundle, trusted)
    for base, earlier in enumerate(made[:-1], start=1):
        if base in last.changes:
            held = hold_bundle(earlier.bundle, trusted)
            assert verify_changes(last.file_of_changes(base), held, trusted, NOW) == whole
            assert last.manifest.expires == ISSUED + MONTH
