"""The manifest: what a gate believes of a version before it fetches any of it, and why it refuses others."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import ClockTrust, WallTime
from edge.registry.format import MANIFEST_CONTEXT, Blob, BundleRefusal, BundleRefused, encode_manifest
from edge.registry.format.manifest import (
    CHUNK_BYTES,
    HASH_BYTES,
    MOST_CHANGE_BYTES,
    MOST_OFFERS,
    MOST_SNAPSHOT_BYTES,
    Head,
    Manifest,
    Offer,
    Trusted,
    blob_of,
    converted,
    floor_of,
    newest_root,
    refuse_if_expired,
    signed_payload,
    verify_head,
)
from edge.signing.cose import key_id_of, sign1
from tests.edge.registry.repository import ISSUED, MONTH, Repository, new_key, public

HELD, OTHER = b"h" * HASH_BYTES, b"o" * HASH_BYTES
EXPIRES = ISSUED + MONTH
NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def site() -> Repository:
    return Repository()


def manifest(**fields: Any) -> Manifest:
    """Version 5 of green-court, for all its gates."""
    return replace(Manifest("green-court", 5, 4, ISSUED, EXPIRES, HELD, blob_of(b"snapshot")), **fields)


def verified(site: Repository, value: Manifest, **known: Any) -> Head:
    signed = sign1.sign(encode_manifest(value), site.registry_key, context=MANIFEST_CONTEXT)
    return verify_head(site.roots, signed, site.trusted(**known))


def refusal(site: Repository, value: Manifest, **known: Any) -> BundleRefusal:
    with pytest.raises(BundleRefused) as caught:
        verified(site, value, **known)
    return caught.value.refusal


# --- blobs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "chunks"),
    [(0, 0), (1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (3 * CHUNK_BYTES, 3)],
)
def test_bytes_are_fetched_in_chunks_each_with_its_hash(size: int, chunks: int) -> None:
    data = bytes(size)
    blob = blob_of(data)
    assert (blob.count, len(blob.chunks), blob.size) == (chunks, chunks * HASH_BYTES, size)
    assert blob.is_all_of(data)
    assert not blob.is_all_of(data + b"\0")


def test_a_chunk_fits_in_its_own_place_only() -> None:
    first, second = b"a" * CHUNK_BYTES, b"b" * 10
    blob = blob_of(first + second)
    table = {(0, first): True, (1, second): True, (1, first): False, (0, second): False, (0, b""): False}
    table |= {(2, second): False, (-1, second): False, (0, first + b"a"): False}
    assert {place: blob.fits(*place) for place in table} == table


def test_a_chunk_that_is_too_long_does_not_fit_though_its_hash_does() -> None:
    long = bytes(CHUNK_BYTES + 1)
    digest = hashlib.sha256(long).digest()
    assert not Blob(digest, CHUNK_BYTES, digest).fits(0, long)


def test_bytes_of_the_right_length_alone_are_not_all_of_it() -> None:
    assert not blob_of(b"snapshot").is_all_of(b"snapshat")


# --- what is signed -------------------------------------------------------------------------


def test_a_manifest_comes_back_as_it_was_signed(site: Repository) -> None:
    value = manifest(gates=("main",), changes=(Offer(4, blob_of(b"changes")),))
    head = verified(site, value)
    assert head.manifest == value
    assert head.signed_by == key_id_of(public(site.registry_key)[0])


@given(st.integers(1, 2**53), st.lists(NAMES, max_size=3))
def test_a_manifest_has_one_encoding_and_it_reads_back(version: int, gates: list[str]) -> None:
    value = manifest(version=version, gates=tuple(gates))
    payload = encode_manifest(value)
    assert converted(payload, Manifest, "manifest", items=1024) == value
    assert encode_manifest(manifest(version=version, gates=tuple(gates))) == payload


@pytest.mark.parametrize(
    ("changed", "known", "expected"),
    [
        ({"site": "red-court"}, {}, BundleRefusal.OTHER_SITE),
        ({"gates": ("out",)}, {"gate": "main"}, BundleRefusal.OTHER_GATE),
        ({"version": 0}, {}, BundleRefusal.OLDER),
        ({"snapshot": Blob(HELD, MOST_SNAPSHOT_BYTES + 1, b"")}, {}, BundleRefusal.TOO_LARGE),
        ({"snapshot": Blob(HELD, -1, b"")}, {}, BundleRefusal.INVALID),
        ({"snapshot": Blob(HELD, 1, b"")}, {}, BundleRefusal.INVALID),
        ({"snapshot": Blob(HELD[1:], 1, HELD)}, {}, BundleRefusal.INVALID),
        ({"changes": (Offer(4, Blob(HELD, MOST_CHANGE_BYTES + 1, b"")),)}, {}, BundleRefusal.TOO_LARGE),
        ({"changes": (Offer(4, Blob(HELD, 1, HELD * 2)),)}, {}, BundleRefusal.INVALID),
        ({"changes": (Offer(4, blob_of(b"")),) * (MOST_OFFERS + 1)}, {}, BundleRefusal.INVALID),
    ],
)
def test_what_is_refused_though_it_is_signed(
    site: Repository, changed: dict[str, Any], known: dict[str, Any], expected: BundleRefusal
) -> None:
    assert refusal(site, manifest(**changed), **known) is expected


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, {"gate": "main"}),  # for all gates
        ({"gates": ("main", "out")}, {"gate": "main"}),
        ({"gates": ("out",)}, {}),  # central is no gate: it looks at every list
        ({"changes": (Offer(4, blob_of(b"")),) * MOST_OFFERS}, {}),
    ],
)
def test_what_is_taken(site: Repository, changed: dict[str, Any], known: dict[str, Any]) -> None:
    value = manifest(**changed)
    assert verified(site, value, **known).manifest == value


@pytest.mark.parametrize(
    ("held", "content", "expected"),
    [
        (4, OTHER, None),
        (5, HELD, None),  # the same again
        (5, b"", None),  # which set was held is not known
        (5, OTHER, BundleRefusal.CHANGED),
        (6, HELD, BundleRefusal.OLDER),
    ],
)
def test_a_version_only_rises_and_has_one_content(
    site: Repository, held: int, content: bytes, expected: BundleRefusal | None
) -> None:
    known = {"versions": {key_id_of(public(site.registry_key)[0]): held}, "set_sha256": content}
    if expected is None:
        assert verified(site, manifest(), **known).manifest.version == 5
    else:
        assert refusal(site, manifest(), **known) is expected


def test_a_root_for_other_sites_is_refused_before_the_signature_is_looked_at() -> None:
    elsewhere = Repository(site="red-court")
    with pytest.raises(BundleRefused) as caught:
        verify_head(elsewhere.roots, b"", elsewhere.trusted(site="green-court"))
    assert caught.value.refusal is BundleRefusal.OTHER_SITE


# --- who signed -----------------------------------------------------------------------------


def test_who_may_sign_and_what_for() -> None:
    key, stranger = new_key(), new_key()
    signed = sign1.sign(b"payload", key, context=b"one purpose")
    bulky = sign1.sign(bytes(1000), key, context=b"one purpose")
    known, thief = public(key), public(stranger)
    assert signed_payload(signed, known, b"one purpose", "list", 100) == (b"payload", key_id_of(known[0]))
    for data, keys, context, most, expected in (
        (signed, thief, b"one purpose", 100, BundleRefusal.UNSIGNED),
        (signed, known, b"another purpose", 100, BundleRefusal.FORGED),
        (signed[:-1] + bytes([signed[-1] ^ 1]), known, b"one purpose", 100, BundleRefusal.FORGED),
        (bulky, known, b"one purpose", 100, BundleRefusal.UNSIGNED),  # more than may be signed
        (b"noise", known, b"one purpose", 100, BundleRefusal.UNSIGNED),
    ):
        with pytest.raises(BundleRefused) as caught:
            signed_payload(data, keys, context, "list", most)
        assert caught.value.refusal is expected


def test_a_signed_part_of_the_wrong_shape_says_what_it_was_to_be() -> None:
    for payload in (b"", b"\xff", b"\xa0", b"\x01"):
        with pytest.raises(BundleRefused, match="invalid manifest") as caught:
            converted(payload, Manifest, "manifest", items=1024)
        assert caught.value.refusal is BundleRefusal.INVALID


def test_only_numbers_of_the_keys_that_the_root_names_count() -> None:
    one, two, thief = public(new_key(), new_key(), new_key())
    highest = {key_id_of(one): 3, key_id_of(two): 7, key_id_of(thief): 2**60}
    assert floor_of(highest, (one, two)) == 7
    assert floor_of(highest, (one,)) == 3
    assert floor_of(highest, ()) == 0
    assert floor_of({}, (one,)) == 0


def test_the_longer_chain_of_roots_counts() -> None:
    site = Repository()
    old = site.roots
    site.rotate()
    new = site.roots
    for offered, held in ((old, new), (new, old), (new, b""), (new, new)):
        roots, root = newest_root(offered, site.trusted(roots=held))
        assert (roots, root.version) == (new, 2)


# --- offers and expiry ----------------------------------------------------------------------


def test_changes_are_found_by_the_version_that_they_lead_from() -> None:
    blobs = [blob_of(bytes([number])) for number in range(2)]
    value = manifest(changes=(Offer(3, blobs[0]), Offer(4, blobs[1])))
    assert [value.offer_from(base) for base in (3, 4, 2, 5)] == [*blobs, None, None]


def head_that_expires(site: Repository, manifests: datetime, roots: datetime) -> Head:
    return Head(replace(site.root, expires=roots), site.roots, manifest(expires=manifests), b"")


def test_no_more_changes_are_offered_than_a_gate_accepts_and_those_from_the_newest_versions() -> None:
    site = Repository()
    for _ in range(MOST_OFFERS + 5):
        made = site.publish()
    assert [offer.base for offer in made.manifest.changes] == list(range(5, MOST_OFFERS + 5))
    assert made.changes.keys() == {offer.base for offer in made.manifest.changes}


def test_what_expires_first_is_the_expiry(site: Repository) -> None:
    later = EXPIRES + timedelta(days=1)
    assert head_that_expires(site, EXPIRES, later).expires == EXPIRES
    assert head_that_expires(site, later, EXPIRES).expires == EXPIRES


def test_a_time_without_a_zone_is_not_signed_and_one_with_a_zone_is_signed_as_utc() -> None:
    there = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert encode_manifest(manifest(issued=there)) == encode_manifest(
        manifest(issued=datetime(2026, 3, 1, tzinfo=UTC))
    )
    with pytest.raises(ValueError, match="names no time zone"):
        encode_manifest(manifest(issued=datetime(2026, 3, 1)))  # noqa: DTZ001 - that is the case


@pytest.mark.parametrize(
    ("clock", "trust", "signed_at", "refused"),
    [
        (-1, ClockTrust.TRUSTED, None, False),
        (0, ClockTrust.TRUSTED, None, True),
        (0, ClockTrust.HOLDOVER, None, True),
        (-1, ClockTrust.HOLDOVER, 1, False),  # a clock that can be believed goes before signed times
        (1, ClockTrust.UNTRUSTED, None, False),
        (1, ClockTrust.UNTRUSTED, -1, False),
        (-1, ClockTrust.UNTRUSTED, 0, True),
    ],
)
def test_what_has_expired_is_refused_by_the_time_that_can_be_believed(
    site: Repository, clock: int, trust: ClockTrust, signed_at: int | None, refused: bool
) -> None:
    """`clock` and `signed_at` are seconds after the expiry."""
    head = head_that_expires(site, EXPIRES, EXPIRES + MONTH)
    wall = WallTime(EXPIRES + timedelta(seconds=clock), trust)
    signed = None if signed_at is None else EXPIRES + timedelta(seconds=signed_at)
    if refused:
        with pytest.raises(BundleRefused, match="expired on 2026-03-31") as caught:
            refuse_if_expired(head, wall, signed)
        assert caught.value.refusal is BundleRefusal.EXPIRED
    else:
        refuse_if_expired(head, wall, signed)


def test_a_gate_that_has_held_nothing_trusts_its_anchor_only(site: Repository) -> None:
    known = Trusted("green-court", site.anchor)
    assert (known.roots, known.versions, known.policies, known.set_sha256) == (b"", {}, {}, b"")
