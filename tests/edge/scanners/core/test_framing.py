"""What scanners send, cut into codes: however it arrives, and whatever is between."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.scanners.core import Code, End, Frames, FrameShape, Noise
from edge.scanners.core.framing import MOST_BYTES, SILENCE, WITHIN, code_in
from edge.support.due import NEVER
from edge.vision.reports import MAX_CODE_CHARACTERS

LINE = FrameShape(ignored=frozenset({b"NR"}))
STX = FrameShape(End.ETX, prefix=b"\x02")


def code(text: str) -> Code:
    return Code(text, len(text))


def read(shape: FrameShape, *pieces: bytes) -> list[Code | Noise]:
    """All of it, at one moment."""
    frames = Frames(shape)
    return [found for piece in pieces for found in frames.add(piece, 0.0)]


@pytest.mark.parametrize(
    ("shape", "sent", "found"),
    [
        (LINE, b"GP1:abc\r", [code("GP1:abc")]),
        (LINE, b"GP1:abc\n", [code("GP1:abc")]),
        (LINE, b"GP1:abc\r\n", [code("GP1:abc")]),
        (LINE, b"one\rtwo\r", [code("one"), code("two")]),
        (LINE, b"\r\n\r\n", []),
        (LINE, b"NR\rone\rNR\r", [code("one")]),
        (LINE, b"\0\0one\0\r", [code("one")]),  # a line that was broken for a moment
        (LINE, b"on\0e\rtwo\r", [Noise.NUL, code("two")]),
        (LINE, b"\x01\x02\x05\rtwo\r", [Noise.NO_TEXT, code("two")]),
        (LINE, b"01\x1d9304\r", [code("01\x1d9304")]),  # GS1 separates its fields by GS
        (LINE, "春天里\r".encode("gbk"), [code("春天里")]),
        (LINE, "春天里\r".encode(), [code("春天里")]),
        (LINE, b"\xff\xff\xff\rtwo\r", [Noise.NO_TEXT, code("two")]),
        (FrameShape(prefix=b"]Q1"), b"]Q1abc\rabc\r", [code("abc"), Noise.NO_PREFIX]),
        (FrameShape(suffix=b";"), b"abc;\rabc\r", [code("abc"), Noise.NO_SUFFIX]),
        (FrameShape(prefix=b"a", suffix=b"a"), b"a\raba\r", [Noise.NO_SUFFIX, code("b")]),
        (FrameShape(prefix=b"G"), b"GaGb\r", [code("aGb")]),  # a letter may be part of a code
        (STX, b"\x02one\x03\x02two\x03", [code("one"), code("two")]),
        (STX, b"\x02on\x02two\x03", [code("two")]),  # half of one, and then another
        (FrameShape(End.TAB), b"one\ttwo\t", [code("one"), code("two")]),
    ],
)
def test_codes_are_what_stands_between_two_ends(
    shape: FrameShape, sent: bytes, found: list[Code | Noise]
) -> None:
    assert read(shape, sent) == found


def test_four_thousand_characters_are_a_code_and_more_than_any_has_are_none() -> None:
    assert read(LINE, b"A" * 4_000 + b"\r") == [code("A" * 4_000)]
    [long] = read(LINE, b"A" * 5_000 + b"\r")
    assert long == Code("A" * MAX_CODE_CHARACTERS, 5_000)
    assert read(LINE, b"A" * MOST_BYTES, b"A" * MOST_BYTES, b"A\rone\r") == [Noise.ENDLESS, code("one")]


def test_what_never_ends_is_said_once_and_takes_no_more_room() -> None:
    frames = Frames(LINE)
    said = [found for _ in range(100) for found in frames.add(b"A" * 4_096, 0.0)]
    assert said == [Noise.ENDLESS]
    assert len(frames._rest) == MOST_BYTES
    assert frames.add(b"\rone\r", 0.0) == [code("one")]


def test_half_a_code_and_silence_cost_nothing_of_the_next() -> None:
    frames = Frames(LINE)
    assert frames.add(b"GP1:ab", 10.0) == []
    assert frames.due() == 10.0 + WITHIN
    assert frames.expired(10.0 + WITHIN / 2) == []
    assert frames.add(b"one\r", 10.0 + WITHIN) == [Noise.HALF, code("one")]
    assert frames.due() == NEVER


def test_where_nothing_ends_a_code_silence_does() -> None:
    frames = Frames(FrameShape(End.SILENCE))
    assert frames.add(b"one", 1.0) == []
    assert frames.add(b"and", 1.0 + SILENCE / 2) == []
    assert frames.add(b"two", 1.0 + 2 * SILENCE) == [code("oneand")]
    assert frames.expired(frames.due()) == [code("two")]


def _cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


SHAPES = st.sampled_from([LINE, STX, FrameShape(End.TAB), FrameShape(prefix=b"]Q1", suffix=b";")])
SENT = st.lists(
    st.sampled_from([b"\r", b"\n", b"\0", b"\t", b"\x02", b"\x03", b"]Q1", b";", b"GP1:", b"\xd6\xd0"])
    | st.binary(max_size=12)
    | st.just(b"A" * 6_000),
    max_size=14,
).map(b"".join)


@given(shape=SHAPES, data=SENT, cuts=st.lists(st.integers(0, 40_000), max_size=12))
@settings(derandomize=True)
def test_however_it_is_cut_the_codes_are_the_same(shape: FrameShape, data: bytes, cuts: list[int]) -> None:
    assert read(shape, *_cut(data, cuts)) == read(shape, data)


@given(shape=SHAPES, before=SENT)
@settings(derandomize=True)
def test_whatever_came_before_the_next_code_is_read(shape: FrameShape, before: bytes) -> None:
    end = {End.LINE: b"\r", End.TAB: b"\t", End.ETX: b"\x03"}[shape.end]
    found = read(shape, before, end, shape.prefix + b"GP1:next" + shape.suffix + end)
    assert found[-1] == code("GP1:next")


@given(frame=st.binary(max_size=60))
@settings(derandomize=True)
def test_any_bytes_are_a_code_or_noise_or_nothing(frame: bytes) -> None:
    found = code_in(frame, LINE)
    assert found is None or isinstance(found, Code | Noise)
    if isinstance(found, Code):
        assert "\0" not in found.text
