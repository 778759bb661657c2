"""Whatever is wrong with bytes that others wrote is one declared error, and nobody decodes them otherwise."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.support.decoding import Undecodable, json_of, msgpack_decoder, msgpack_of
from tests.conftest import REPOSITORY


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    at: int = 0


NESTED = b"[" * 100_000
WRONG = {
    "nothing": b"",
    "noise": bytes(range(256)),
    "not UTF-8": b'{"name":"\xff"}',
    "nested": b'{"name":' + NESTED,
    "another type": b'{"name":1}',
    "an unknown field": b'{"name":"x","colour":"red"}',
    "a surrogate": b'{"name":"\\ud800"}',
    "too large a number": b'{"name":"x","at":1e400}',
    "cut": b'{"name":"x',
}
WRONG_PACKED = {
    "nothing": b"",
    "noise": bytes(range(255, 0, -1)),
    "not UTF-8": b"\x81\xa4name\xa1\xff",
    "nested": b"\x81\xa4name" + b"\x91" * 100_000,
    "a length that is not there": b"\x81\xa4name\xdb\xff\xff\xff\xff",
}


@pytest.mark.parametrize("how", WRONG)
def test_whatever_is_wrong_with_json_is_one_error(how: str) -> None:
    with pytest.raises(Undecodable) as caught:
        json_of(WRONG[how], Thing, "there")
    assert caught.value.where == "there"


@pytest.mark.parametrize("how", WRONG_PACKED)
@pytest.mark.parametrize("decode", [lambda data: msgpack_of(data, Thing), msgpack_decoder(Thing)])
def test_whatever_is_wrong_with_messagepack_is_one_error(decode: Callable[[bytes], Any], how: str) -> None:
    with pytest.raises(Undecodable):
        decode(WRONG_PACKED[how])


@given(data=st.binary(max_size=200))
@settings(max_examples=500, derandomize=True)
def test_any_bytes_are_a_value_or_that_error(data: bytes) -> None:
    for decode in (json_of, msgpack_of):
        try:
            decode(data, dict[str, Any])
        except Undecodable:
            continue


def _decoders_called(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in {"decode", "Decoder"}:
            called = ast.unparse(node)
            if called.startswith("msgspec.") and called.count(".") == 2:
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno}: {called}"


def test_nothing_else_calls_the_library_s_decoders() -> None:
    files = [path for part in ("edge", "sync") for path in (REPOSITORY / part).rglob("*.py")]
    found = [place for path in files for place in _decoders_called(path)]
    allowed = "edge/support/decoding.py"
    assert [place for place in found if not place.startswith(allowed)] == [], "use edge.support.decoding"
    assert any(place.startswith(allowed) for place in found), "the search itself works"
