"""What is read along its type is what `decode_value` reads, in the one encoding of `encode_value`."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signing.cose import CborLimits, closed_decoder, decode_value, encode_value
from edge.support.decoding import Undecodable


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    colour: Colour
    at: datetime
    share: float | None = None


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=6)]
    count: int = 0
    sure: bool = False
    data: bytes = b""
    groups: frozenset[str] = frozenset()
    inner: Inner | None = None
    more: tuple[Inner, ...] = ()


LIMITS = CborLimits(4096, depth=6, items=512)
MOST = 300
read = closed_decoder(Outer, MOST)
ANY_TIME = st.datetimes(datetime(1, 1, 2), datetime(9998, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
INNER = st.builds(
    Inner, st.sampled_from(Colour), ANY_TIME, st.none() | st.floats(allow_nan=False, allow_infinity=False)
)
OUTER = st.builds(
    Outer,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.integers(-(2**63), 2**63 - 1) | st.sampled_from([23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32]),
    st.booleans(),
    st.binary(max_size=30),
    st.frozensets(st.text("abc", max_size=3), max_size=4),
    st.none() | INNER,
    st.lists(INNER, max_size=2).map(tuple),
)


def outcome(decode: Any, data: bytes) -> Any:
    """What is read; None where it is refused with the one declared error."""
    try:
        return decode(data)
    except Undecodable:
        return None


def expected(data: bytes) -> Any:
    """By the other way, which reads nothing but the one encoding either."""
    value = outcome(lambda data: decode_value(data, Outer, LIMITS), data)
    if value is None or len(data) > MOST:
        return None
    assert encode_value(value) == data
    return value


@given(OUTER)
def test_what_was_written_is_read(value: Outer) -> None:
    data = encode_value(value)
    assert outcome(read, data) == (value if len(data) <= MOST else None)


@given(OUTER, st.data())
def test_altered_bytes_are_read_as_the_other_way_reads_them_or_refused(
    value: Outer, draws: st.DataObject
) -> None:
    data = bytearray(encode_value(value))
    for _ in range(draws.draw(st.integers(1, 3))):
        place = draws.draw(st.integers(0, len(data) - 1))
        match draws.draw(st.sampled_from(["replace", "insert", "remove"])):
            case "replace":
                data[place] = draws.draw(st.integers(0, 255))
            case "insert":
                data.insert(place, draws.draw(st.integers(0, 255)))
            case _ if len(data) > 1:
                del data[place]
    assert outcome(read, bytes(data)) == expected(bytes(data))


@given(st.binary(max_size=MOST))
def test_noise_is_refused(noise: bytes) -> None:
    assert outcome(read, noise) == expected(noise)


GOOD = msgspec.to_builtins(Outer("ann", groups=frozenset({"a", "b"})), builtin_types=(bytes,))


@pytest.mark.parametrize(
    "value",
    [
        {name: item for name, item in GOOD.items() if name != "sure"},
        GOOD | {"groups": ["b", "a"]},
        GOOD | {"groups": ["a", "a"]},
        GOOD | {"other": 1},
        GOOD | {"count": 1.0},
        GOOD | {"count": 2**63},
        GOOD | {"count": -(2**63) - 1},
        GOOD | {"count": 2**64},
        GOOD | {"name": "longer than six"},
        GOOD | {"inner": {}},
        list(GOOD.values()),
    ],
    ids=[
        "absent",
        "not in order",
        "twice",
        "unknown",
        "float",
        "large",
        "small",
        "larger",
        "long",
        "empty",
        "array",
    ],
)
def test_another_value_is_refused(value: Any) -> None:
    assert outcome(read, cbor2.dumps(GOOD | {"groups": ["a", "b"]}, canonical=True)) is not None
    assert outcome(read, cbor2.dumps(value, canonical=True)) is None


@pytest.mark.parametrize("claim", [b"\x9b", b"\x5b", b"\x7b", b"\xbb"])
def test_a_claim_of_more_than_is_there_costs_nothing(claim: bytes) -> None:
    whole = encode_value(Outer("ann"))
    huge = b"\xff" * 8
    tracemalloc.start()
    try:
        for place in range(len(whole)):
            assert outcome(read, whole[:place] + claim + huge + whole[place:]) is None
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


class Open(msgspec.Struct):
    name: str


class Sparse(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str = ""


class Vague(msgspec.Struct, forbid_unknown_fields=True):
    any: Any


@pytest.mark.parametrize("kind", [Open, Sparse, Vague])
def test_a_kind_whose_type_does_not_say_what_comes_next_has_no_such_decoder(
    kind: type[msgspec.Struct],
) -> None:
    with pytest.raises(TypeError, match="closed"):
        closed_decoder(kind, MOST)
