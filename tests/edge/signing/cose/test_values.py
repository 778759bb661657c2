"""Values as deterministic CBOR: one encoding each, and what was written comes back."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signing.cose import CborLimits, encode_value, instant, microseconds
from edge.signing.cose.fields import EARLIEST, LATEST, Sequence
from edge.signing.cose.scalars import double_bytes, double_of
from edge.signing.cose.values import decode_value
from edge.support.decoding import Undecodable

LIMITS = CborLimits(4096, depth=8, items=256)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    score: float
    at: datetime | None = None


class Placed(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    name: str
    score: float | None


class Left(msgspec.Struct, frozen=True, tag="left", forbid_unknown_fields=True):
    at: datetime


class Right(msgspec.Struct, frozen=True, tag="right", forbid_unknown_fields=True):
    score: float


class Everything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    score: float
    at: datetime
    colour: Colour
    data: bytes
    inner: Inner
    placed: Placed
    either: Left | Right
    many: tuple[Inner, ...] = ()
    pair: tuple[str, float] = ("", 0.0)
    by_name: dict[str, float] = {}
    names: frozenset[str] = frozenset()
    maybe: Inner | None = None


class Sets(msgspec.Struct):
    names: frozenset[str]


class Bounded(msgspec.Struct):
    count: Sequence


class Unbounded(msgspec.Struct):
    count: int
    share: float = 0.0


numbers = st.floats(allow_nan=False, allow_infinity=False)
times = st.integers(EARLIEST, LATEST).map(instant)
names = st.text(max_size=8)
inners = st.builds(Inner, numbers, st.none() | times)
everything = st.builds(
    Everything,
    number=st.integers(-(2**63), 2**63 - 1),
    score=numbers,
    at=times,
    colour=st.sampled_from(Colour),
    data=st.binary(max_size=16),
    inner=inners,
    placed=st.builds(Placed, names, st.none() | numbers),
    either=st.builds(Left, times) | st.builds(Right, numbers),
    many=st.lists(inners, max_size=3).map(tuple),
    pair=st.tuples(names, numbers),
    by_name=st.dictionaries(names, numbers, max_size=3),
    names=st.frozensets(names, max_size=3),
    maybe=st.none() | inners,
)


@given(everything)
def test_what_was_written_comes_back_and_is_written_the_same_again(value: Everything) -> None:
    data = encode_value(value)
    assert decode_value(data, Everything, LIMITS) == value
    assert encode_value(decode_value(data, Everything, LIMITS)) == data


@given(everything)
def test_the_bytes_are_those_that_any_deterministic_encoder_writes(value: Everything) -> None:
    data = encode_value(value)
    assert cbor2.dumps(cbor2.loads(data), canonical=True) == data
    assert not _has_float(cbor2.loads(data)), "a float has three widths, and libraries choose"


@given(everything, st.data())
def test_no_other_bytes_mean_a_value_and_anything_wrong_is_one_error(value: Everything, draws: Any) -> None:
    data = bytearray(encode_value(value))
    data[draws.draw(st.integers(0, len(data) - 1))] = draws.draw(st.integers(0, 255))
    try:
        found = decode_value(bytes(data), Everything, LIMITS)
    except Undecodable:
        return
    assert encode_value(found) == bytes(data), "what is read is what would be written"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("1805", "a head could be shorter"),
        ("190005", "a head could be shorter"),
        ("1a00000005", "a head could be shorter"),
        ("1b0000000000000005", "a head could be shorter"),
        ("a2616201616102", "keys are not in order"),
        ("a2616101616102", "keys are not in order"),
        ("a262616101616202", "keys are not in order"),
        ("9f01ff", "not allowed here"),
        ("f93c00", "not allowed here"),
        ("fa3f800000", "not allowed here"),
        ("fb3ff0000000000000", "not allowed here"),
        ("c11a514b67b0", "tag 1 is not allowed here"),
        ("1b8000000000000000", "beyond 64 bits"),
        ("3b8000000000000000", "beyond 64 bits"),
        ("811bffffffffffffffff", "beyond 64 bits"),
    ],
)
def test_another_encoding_of_the_same_is_refused(data: str, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        decode_value(bytes.fromhex(data), Any, LIMITS)


@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, 65504.0, 5e-324, -1.7976931348623157e308, 0.1])
def test_a_real_number_is_the_eight_bytes_of_its_double(number: float) -> None:
    assert double_bytes(number) == struct.pack(">d", number + 0.0)
    assert double_of(double_bytes(number)) == number


def test_all_numbers_that_a_library_once_misencoded_are_written_right() -> None:
    for half in range(0x7800, 0x7C00):
        number = struct.unpack(">e", half.to_bytes(2))[0]
        for signed in (number, -number):
            assert encode_value([signed]) == b"\x81\x48" + struct.pack(">d", signed)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_neither_written_nor_read(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode_value({"score": number})
    with pytest.raises(Undecodable, match="finite"):
        double_of(struct.pack(">d", number))


def test_a_second_zero_and_another_length_are_refused() -> None:
    with pytest.raises(Undecodable, match="one form"):
        double_of(struct.pack(">d", -0.0))
    with pytest.raises(Undecodable, match="of 4 bytes"):
        double_of(struct.pack(">f", 1.0))


@pytest.mark.parametrize("count", [EARLIEST - 1, LATEST + 1, 253_402_300_800_000_000, -(2**63), 2**63 - 1])
def test_a_time_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(Undecodable, match="no time"):
        decode_value(cbor2.dumps({"at": count, "type": "left"}), Left, LIMITS)


def test_every_time_that_is_accepted_is_a_time_in_every_zone() -> None:
    for count in (EARLIEST, LATEST):
        for hours in (-23, 23):
            assert instant(count).astimezone(timezone(timedelta(hours=hours))).isoformat()


def test_a_time_without_a_zone_is_not_written_and_one_out_of_range_is_the_nearest() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        encode_value({"at": datetime(2026, 3, 3)})  # noqa: DTZ001 - that is the point
    assert microseconds(datetime(9999, 6, 1, tzinfo=UTC)) == LATEST
    assert microseconds(datetime.min.replace(tzinfo=UTC)) == EARLIEST


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"], ["a", "b", "b"], ["a", 1], [{}, {}], [None, None]])
def test_a_set_that_is_not_in_order_or_has_an_item_twice_is_refused(names: list[Any]) -> None:
    assert decode_value(cbor2.dumps({"names": ["a", "b"]}), Sets, LIMITS) == Sets(frozenset("ab"))
    with pytest.raises(Undecodable, match="a set"):
        decode_value(cbor2.dumps({"names": names}), Sets, LIMITS)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([2**63], "beyond 64 bits"),
        ({"a": -(2**63) - 1}, "beyond 64 bits"),
        (Unbounded(2**63), "beyond 64 bits"),
        (Bounded(2**64), "beyond 64 bits"),
        (Unbounded(0, 10**400), "too large"),
        ({1: 2}, "no text in place of a key"),
        ({"a": {None: 2}}, "no text in place of a key"),
        ("\ud800", "surrogates"),
        ({"\ud800": 1}, "surrogates"),
    ],
)
def test_what_no_reader_takes_is_not_written(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        encode_value(value)


@pytest.mark.parametrize("count", [-(2**63), 2**63 - 1])
def test_the_least_and_the_greatest_integer_come_back(count: int) -> None:
    assert decode_value(encode_value(Unbounded(count)), Unbounded, LIMITS) == Unbounded(count)


def test_what_nothing_on_the_wire_tells_apart_is_a_fault_of_the_struct() -> None:
    with pytest.raises(TypeError, match="tells"):
        decode_value(b"\xf6", float | bytes | None, LIMITS)


def _has_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_float(item) for item in value.values())
    return isinstance(value, float) or (isinstance(value, list) and any(map(_has_float, value)))


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    count: int = 0


class Sparse(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    count: int = 0


class Open(msgspec.Struct):
    name: str
    count: int = 0


@pytest.mark.parametrize(
    ("kind", "fewer", "more"), [(Closed, False, False), (Sparse, True, False), (Open, True, True)]
)
def test_a_field_with_a_default_is_absent_only_where_the_struct_leaves_it_out(
    kind: type[msgspec.Struct], fewer: bool, more: bool
) -> None:
    def accepts(**fields: Any) -> bool:
        try:
            decode_value(cbor2.dumps(fields, canonical=True), kind, LIMITS)
        except Undecodable:
            return False
        return True

    assert accepts(name="a", count=1)
    assert accepts(name="a") is fewer
    assert accepts(name="a", count=1, other=2) is more
