"""The registry as a set of records: one encoding, one hash, and who is forgotten between two sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Subject
from edge.registry.format import (
    BundleRefusal,
    BundleRefused,
    RecordKind,
    digest_of,
    each_record,
    encode_records,
    forgotten,
    key_of,
    set_hash,
    subject_key,
    template_key,
)
from edge.registry.format.records import decode_subject, subject_record

RECORDS = st.dictionaries(st.binary(min_size=1, max_size=8), st.binary(max_size=20), max_size=8)


@given(RECORDS)
def test_a_set_comes_back_in_the_order_of_its_keys(records: dict[bytes, bytes]) -> None:
    read = [(key, bytes(value)) for key, value in each_record(encode_records(records))]
    assert read == sorted(records.items())


@given(RECORDS, st.data())
def test_a_set_has_one_encoding_and_one_hash_in_any_order(
    records: dict[bytes, bytes], data: st.DataObject
) -> None:
    keys = data.draw(st.permutations(list(records)))
    shuffled = {key: records[key] for key in keys}
    assert encode_records(shuffled) == encode_records(records)
    digests = {key: digest_of(key, value) for key, value in records.items()}
    assert set_hash({key: digests[key] for key in keys}) == set_hash(digests)


@given(RECORDS, RECORDS)
def test_different_sets_have_different_hashes(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    hashes = [
        set_hash({key: digest_of(key, value) for key, value in records.items()}) for records in (one, other)
    ]
    assert (hashes[0] == hashes[1]) == (one == other)


def test_a_byte_that_moves_from_key_to_value_changes_the_digest() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")


A, B = encode_records({b"a": b"1"}), encode_records({b"b": b"2"})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (A[:-1], "claims"),
        (A + b"\0", "cut off"),
        (B + A, "not in order"),
        (A + A, "not in order"),
        (b"\0\1\xff\xff\xff\xff" + b"a", "claims"),
        (b"\0\0\0\0\0\0", "not in order"),
    ],
)
def test_any_other_encoding_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BundleRefused, match=words) as caught:
        list(each_record(data))
    assert caught.value.refusal is BundleRefusal.INVALID


def test_a_subject_is_stored_under_their_own_id() -> None:
    key, value = subject_record(Subject("li"))
    assert decode_subject(key[1:], value) == Subject("li")
    for name in (b"wu", b"li\0", b""):
        with pytest.raises(BundleRefused, match="is stored under"):
            decode_subject(name, value)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], set()),
        ([subject_key("li")], [], {"li"}),
        ([subject_key("li")], [subject_key("li"), subject_key("wu")], set()),
        ([template_key("li", 0), template_key("li", 1)], [template_key("li", 0)], set()),
        ([template_key("li", 0), template_key("li", 1)], [], {"li"}),
        ([key_of(RecordKind.REVOKED_PASS, b"aa"), key_of(RecordKind.PASS_KEY, b"k")], [], set()),
    ],
)
def test_who_is_forgotten(before: list[bytes], after: list[bytes], expected: set[str]) -> None:
    assert forgotten(set(before), set(after)) == expected
