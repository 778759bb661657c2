"""The registry as a set of records: one encoding, one hash, and who is forgotten between two sets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Policy, Status, StatusRecord, Subject
from edge.errors import RegistryError
from edge.registry.format import (
    BundleRefusal,
    BundleRefused,
    Content,
    RecordKind,
    digest_of,
    each_record,
    encode_records,
    forgotten,
    key_of,
    records_of,
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


LI = Subject(
    "li",
    name="李娜",
    groups=frozenset({"resident", "staff"}),
    status=StatusRecord(Status.RED, "office", "", "rule-7", datetime(2026, 3, 1, 0, 0, 0, 7, tzinfo=UTC)),
    valid_until=datetime(2027, 1, 1, tzinfo=UTC),
)


def test_a_record_is_deterministic_cbor_with_times_in_microseconds() -> None:
    _, value = subject_record(LI)
    read = cbor2.loads(value)
    assert read["status"]["since"] == 1_772_323_200_000_007
    assert (read["groups"], read["valid_from"]) == (["resident", "staff"], None)
    assert cbor2.dumps(read, canonical=True) == value
    assert decode_subject(b"li", value) == LI


def rewritten(**fields: Any) -> bytes:
    """The record of LI with other fields; `...` leaves one out."""
    read = cbor2.loads(subject_record(LI)[1]) | fields
    return cbor2.dumps({name: item for name, item in read.items() if item is not ...}, canonical=True)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"\x9b" + b"\xff" * 8,
        b"\x81" * 60_000,
        msgspec.msgpack.encode(LI),
        cbor2.dumps(cbor2.loads(subject_record(LI)[1]) | {"version": 1.0}, canonical=True),
        cbor2.dumps(dict(reversed(cbor2.loads(subject_record(LI)[1]).items()))),
        rewritten(shoe_size=44),
        rewritten(address=...),
        rewritten(groups=["staff", "resident"]),
        rewritten(groups=["staff", "staff"]),
        rewritten(name="n" * 1025),
        rewritten(groups=["g"] * 1025),
        rewritten(language="z" * 65),
        rewritten(certificates=["c"] * 65),
        rewritten(version=-1),
        rewritten(valid_until=2**62),
        rewritten(valid_until="2027-01-01T00:00:00Z"),
    ],
    ids=lambda value: value[:12].hex(),
)
def test_a_record_that_is_anything_else_is_refused_as_invalid(value: bytes) -> None:
    with pytest.raises(BundleRefused, match="invalid subject") as caught:
        decode_subject(b"li", value)
    assert caught.value.refusal is BundleRefusal.INVALID


@pytest.mark.parametrize(
    "subject",
    [Subject("li", name="n" * 1025), Subject("l\ni"), Subject("", name="nobody"), Subject("l" * 65)],
    ids=lambda subject: subject.id[:3],
)
def test_a_record_that_gates_would_refuse_is_not_published(subject: Subject) -> None:
    with pytest.raises(RegistryError, match="cannot be written"):
        records_of(Content(Policy(), subjects=(subject,)), b"policy")


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
