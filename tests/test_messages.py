"""What errors say to people: the key in words, never a parser's path or an object's address.

Every kind of file that a person writes is damaged at its keys; bundles and tables at their bytes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from edge.admin.imports.tables import read_table
from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.decision import Policy
from edge.errors import ConfigurationError, GatepostError, RegistryError, VisionError, words_of
from edge.registry.format import BundleRefused, verify_bundle
from edge.setup.core import Answers
from edge.support.decoding import Undecodable, json_of, msgpack_of
from edge.support.toml import Document, paths_beside, typed
from edge.vision.playback import files_of
from sync.agent.configuration import SyncConfiguration
from sync.central.configuration import CentralConfiguration
from sync.updates.configuration import UpdateConfiguration
from tests.edge.registry.repository import NOW, Repository
from tests.examples import tried
from tests.test_house import modules, nodes_of

WRITTEN = (
    GateConfiguration,
    SyncConfiguration,
    CentralConfiguration,
    UpdateConfiguration,
    Answers,
    Board,
    Policy,
)
WRONG: tuple[Any, ...] = (None, True, -1, 10**18, 0.5, "", "\x1b[2J", "x" * 5_000, [], [[]], {}, {"?": "?"})
NOISE = re.compile(r"0x[0-9a-fA-F]{5,}|object at|\$|`|\bmsgspec\b|\bTraceback\b|<class|\x1b")
"""What tells a person nothing, or does something to their terminal."""


def said(error: Exception) -> str:
    """The error's words, once they are held to be for people."""
    assert isinstance(error, GatepostError)
    text = str(error)
    assert not NOISE.search(text), text
    assert error.what, text
    return text


def keys_of(kind: Any, key: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path to each value that a file of this kind may hold."""
    for one in kind.types if isinstance(kind, inspect.UnionType) else (kind,):
        inner = one.type if isinstance(one, inspect.Metadata) else one
        if isinstance(inner, inspect.StructType):
            for field in inner.fields:
                yield (*key, field.encode_name)
                yield from keys_of(field.type, (*key, field.encode_name))
        elif isinstance(inner, inspect.DictType):
            yield (*key, "some")
            yield from keys_of(inner.value_type, (*key, "some"))
        elif isinstance(inner, inspect.CollectionType):
            yield (*key, 0)
            yield from keys_of(inner.item_type, (*key, 0))
        elif isinstance(inner, inspect.UnionType):
            yield from keys_of(inner, key)


def holding(key: tuple[str | int, ...], value: Any) -> Any:
    """A document with nothing but `value` at `key`."""
    for step in reversed(key):
        value = [value] if step == 0 else {step: value}
    return value


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: str(kind.__name__))
def test_a_file_damaged_at_any_key_is_refused_in_words(kind: Any, tmp_path: Path) -> None:
    draw, keys = Random(9), [*keys_of(inspect.type_info(kind))]
    refused = 0
    for key in draw.sample(keys, min(len(keys), tried(120))):
        for value in draw.sample(WRONG, 3):
            try:
                typed(
                    Document("a.toml", holding(key, value)),
                    kind,
                    "see its page",
                    paths_beside(tmp_path / "a.toml"),
                )
            except ConfigurationError as error:
                refused += bool(said(error))
    assert refused > 10


@pytest.mark.parametrize("kind", WRITTEN[:3], ids=lambda kind: str(kind.__name__))
def test_foreign_bytes_are_refused_in_words(kind: Any) -> None:
    keys = [*keys_of(inspect.type_info(kind))]
    for key in Random(9).sample(keys, min(len(keys), tried(90))):
        for decode, encode in ((json_of, msgspec.json.encode), (msgpack_of, msgspec.msgpack.encode)):
            with pytest.raises(Undecodable) as caught:
                decode(encode(holding(key, WRONG)), kind)
            said(caught.value)
    for noise in (b"", b"\xff", b"{", b"[" * 5_000, b"\x81"):
        with pytest.raises(Undecodable) as caught:
            json_of(noise, kind)
        said(caught.value)


def test_a_key_is_named_and_what_is_expected_there() -> None:
    with pytest.raises(Undecodable, match=r": gate\.id: expected text, got a whole number$"):
        json_of(b'{"gate": {"id": 3}}', GateConfiguration)
    with pytest.raises(Undecodable, match=r": JSON is malformed"):
        json_of(b"{]", GateConfiguration)


def test_a_damaged_bundle_is_refused_in_words() -> None:
    repository, draw = Repository(), Random(4)
    bundle, trusted = repository.bundle(version=7), repository.trusted()
    for _ in range(150):
        data = bytearray(bundle)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        with pytest.raises(BundleRefused) as caught:
            verify_bundle(bytes(data), trusted, NOW)
        said(caught.value)


@pytest.mark.parametrize("name", ["people.csv", "people.xlsx"])
def test_a_table_that_is_none_is_refused_in_words(name: str, tmp_path: Path) -> None:
    table, draw = tmp_path / name, Random(4)
    for size in (0, 1, 7, 300, 4_000):
        for head in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            table.write_bytes(head + draw.randbytes(size))
            with pytest.raises(RegistryError) as caught:
                [*read_table(table).rows]
            said(caught.value)


def test_nothing_to_look_at_is_said(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match="nothing to look at"):
        files_of([])
    with pytest.raises(VisionError, match="no pictures in this folder"):
        files_of([tmp_path])


def test_an_objects_address_is_left_out_of_every_error() -> None:
    class Opaque(Exception):
        pass

    noise = f"cannot identify image file {object()!r} at all"
    assert str(GatepostError(noise, where="a.jpg")) == "a.jpg: cannot identify image file at all"
    assert words_of(Opaque(noise)) == "Opaque: cannot identify image file at all"
    assert words_of(Opaque()) == "Opaque"
    assert str(GatepostError("a < b at 0x10", where="x")) == "x: a < b at 0x10"


def test_what_msgspec_says_is_put_into_words_wherever_it_is_caught() -> None:
    """Where it is caught by its name, the name stands in no text, but is handed on or chained."""
    caught = 0
    for name, file in modules().items():
        if name == "edge.support.toml_words" or "except msgspec." not in file.read_text():
            continue
        for handler in nodes_of(name):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None or handler.type is None:
                continue
            if "msgspec." in ast.unparse(handler.type):
                caught += 1
                for node in (node for statement in handler.body for node in ast.walk(statement)):
                    assert _told(node) != handler.name, f"{name}, line {handler.lineno}: say it by in_words()"
    assert caught > 10


def _told(node: ast.AST) -> str:
    """The name of the variable that is made text of."""
    match node:
        case ast.FormattedValue(value=ast.Name(id=given)):
            return given
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=given)]):
            return given
        case _:
            return ""
