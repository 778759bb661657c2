"""Whatever is wrong with bytes that others wrote is one declared error, and nobody decodes them otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.support.decoding import Undecodable, json_of, msgpack_decoder, msgpack_of
from tests.conftest import REPOSITORY
from tests.examples import tried


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
@settings(max_examples=tried(500), derandomize=True)
def test_any_bytes_are_a_value_or_that_error(data: bytes) -> None:
    for decode in (json_of, msgpack_of):
        try:
            decode(data, dict[str, Any])
        except Undecodable:
            continue


DECODERS = re.compile(
    r"msgspec\.\w+\.(decode|Decoder)|json\.loads?|pickle\.loads?|cbor2\.loads?|tomllib\.loads?"
)
ALLOWED = {
    "edge/support/decoding.py": "the function itself",
    "edge/support/toml.py": "configuration, with its line in what is said",
    "edge/support/toml_lines.py": "the line of that",
    "edge/signing/cose/values.py": "CBOR of our own kinds",
    "edge/signing/cose/bounded_cbor.py": "CBOR of others, bounded first",
}
OF_OUR_OWN = "sync/central/migrations/versions/"
"""A migration reads rows that the centre wrote, as it was when it was made."""


MAY_CALL_ONE = re.compile(r"\b(decode|Decoder|loads?)\b")
"""Without such a word a file needs no parsing, which takes long."""


def _decoders_called(path: Path) -> Iterator[str]:
    text = path.read_text()
    for node in ast.walk(ast.parse(text)) if MAY_CALL_ONE.search(text) else ():
        names = [ast.unparse(node)] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(DECODERS.fullmatch(name) for name in names):
            yield str(path.relative_to(REPOSITORY))


def test_nothing_else_calls_a_library_s_decoders() -> None:
    """Whatever the library: each raises several unrelated errors on what others wrote."""
    files = [path for part in ("edge", "sync") for path in (REPOSITORY / part).rglob("*.py")]
    found = {place for path in files for place in _decoders_called(path) if not place.startswith(OF_OUR_OWN)}
    assert found == set(ALLOWED), "use edge.support.decoding"
