"""Files that a person wrote: read whatever their editor put in front, and every mistake said in words."""

from __future__ import annotations

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.boards.files import decode_board
from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.support.toml import MOST_BYTES, Document, read_toml, toml_in, typed
from edge.support.toml_lines import Key, line_of

TEXT = '# 小区\n[gate]\nid = "南门"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_mistake(encoding: str) -> None:
    assert toml_in(TEXT.encode(encoding), "gate.toml").table == {"gate": {"id": "南门"}}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (TEXT.encode("gb18030"), r"gate\.toml, line 1: not UTF-8 \(save it as UTF-8\)"),
        (b"[gate]\nid = \n", r"gate\.toml: not TOML: .*line 2"),
        (b"a = 1\na = 2\n", r"gate\.toml: not TOML: "),
        (b"a = " + b"[" * 100_000, r"gate\.toml: not TOML: "),
        (b"#" * (MOST_BYTES + 1), r"gate\.toml: larger than"),
    ],
    ids=["GBK", "no value", "twice", "nested", "large"],
)
def test_what_is_not_toml_is_said(data: bytes, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        toml_in(data, "gate.toml")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with suppress(ConfigurationError):
        assert isinstance(toml_in(data, "x").table, dict)


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate.toml")
    with pytest.raises(ConfigurationError, match=r"not a regular file") as caught:
        read_toml(tmp_path / "gate.toml")
    assert "gate.toml" in str(caught.value)


def test_a_file_that_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.toml: No such file.*make one"):
        read_toml(tmp_path / "gone.toml", remedy="make one")


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    must: int
    share: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.1
    word: Annotated[str, msgspec.Meta(max_length=3)] = "a"
    maybe: int | None = None
    kind: Any = None
    side: Side | None = None
    part: Annotated[str, msgspec.Meta(pattern="^[0-9]+%$", description="10%, or 100% (all)")] = "100%"


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: Inner
    several: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    sides: dict[Side, int] = {}


GOOD = {"must": 1}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "f: inner: missing (docs)"),
        ({"inner": {}}, "f: inner.must: missing (docs)"),
        ({"inner": GOOD, "other": 1}, "f: other: unknown field; known: inner, several, named, sides (docs)"),
        (
            {"inner": {"must": 1, "x": 2}},
            "f: inner.x: unknown field; known: must, share, word, maybe, kind, side, part (docs)",
        ),
        ({"inner": {"must": "one"}}, "f: inner.must: expected a whole number, got text (docs)"),
        ({"inner": 3}, "f: inner: expected a table, got a whole number (docs)"),
        (
            {"inner": {"must": 1, "share": 2.0}},
            "f: inner.share: expected a number from 0 to 0.5, got 2.0 (docs)",
        ),
        ({"inner": {"must": 1, "word": "long"}}, "f: inner.word: expected text of length <= 3 (docs)"),
        (
            {"inner": {"must": 1, "maybe": "x"}},
            "f: inner.maybe: expected a whole number or nothing, got text (docs)",
        ),
        ({"inner": GOOD, "several": [GOOD, {}]}, "f: several[1].must: missing (docs)"),
        ({"inner": GOOD, "named": {"a": {}}}, "f: named.a.must: missing (docs)"),
        (
            {"inner": GOOD, "named": {"a": GOOD, "b": {"must": 1, "share": 9}, "c": GOOD}},
            "f: named.b.share: expected a number from 0 to 0.5, got 9 (docs)",
        ),
        ({"inner": {"must": 1, "side": "up"}}, "f: inner.side: 'up' is not one of: left, right (docs)"),
        ({"inner": GOOD, "sides": {"up": 1}}, "f: sides: 'up' is not one of: left, right (docs)"),
        ({"inner": {"must": 1, "part": "ten"}}, "f: inner.part: expected 10%, or 100% (all) (docs)"),
        ([], "f: expected a table, got a list (docs)"),
    ],
)
def test_a_mistake_is_named_by_its_key_in_words(table: object, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        typed(Document("f", table), Outer, "docs")
    assert str(caught.value) == said


PLACES = """# a comment

first = 1
[table]  # another
text = '''
[first]
[not.a.table]
'''
list = [
  1,
  # in between
  2,
]
inline = { a = 1, b = { c = 2 } }
dotted.way = 3

[[several]]
id = "x"
[[several]]
id = "y"
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("first",), 3),
        (("table",), 4),
        (("table", "text"), 5),
        (("table", "list"), 9),
        (("table", "list", 1), 9),  # a value of several lines is found where it begins
        (("table", "inline", "b", "c"), 14),
        (("table", "dotted", "way"), 15),
        (("table", "missing"), 4),  # what is missing, in the table that lacks it
        (("several", 1, "id"), 20),
        (("several", 1), 19),
        (("nothing",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_is_where_its_value_begins(ends: str, key: Key, line: int | None) -> None:
    assert line_of(PLACES.replace("\n", ends), key) == line


def test_a_value_longer_than_anybody_looks_through_goes_without_its_line() -> None:
    text = "first = 1\nlong = [\n" + "1,\n" * 1_000 + "]\nlast = 2\n"
    assert line_of(text, ("long",)) is None


@pytest.mark.parametrize("value", ["nan", "-inf", "[1.0, inf]", "{ a = nan }"])
def test_no_number_of_any_file_is_endless(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^f, line 2: .*: expected a number, got (nan|-?inf)"):
        toml_in(f"a = 1\nb = {value}\n".encode(), "f")


@given(
    st.recursive(
        st.none() | st.integers() | st.text("ab"),
        lambda inner: st.dictionaries(st.sampled_from(["inner", "several", "must", "x y"]), inner),
    )
)
def test_no_mistake_is_told_in_the_words_of_a_parser(value: object) -> None:
    said = ""
    try:
        typed(Document("f", value), Outer, "docs")
    except ConfigurationError as error:
        said = str(error)
    assert not set("`$") & set(said)


def test_a_board_and_a_gate_say_so_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^b\.toml: name: missing"):
        decode_board(b"", "b.toml")
    gate = tmp_path / "gate.toml"
    gate.write_bytes(b"\xef\xbb\xbf[gate]\nid = 3\n")
    with pytest.raises(
        ConfigurationError, match=r"gate\.toml, line 2: gate\.id: expected text, got a whole number"
    ):
        load_configuration(gate)


@pytest.mark.shared_data
def test_a_gate_toml_of_the_field(shared_data: Path) -> None:
    assert load_configuration(shared_data / "field" / "gate-toml-with-bom.toml").gate.id == "main"
