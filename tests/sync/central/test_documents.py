"""A document of a newer version is read as far as this one knows it; what is none is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from sync.central.documents import document_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Leaf:
    colour: Colour
    size: int = 0


class Row(msgspec.Struct, frozen=True, array_like=True):
    colour: Colour
    text: str


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    leaves: tuple[Leaf, ...]
    rows: tuple[Row, ...] = ()
    first: Leaf | None = None
    times: dict[Colour, int] = {}
    pair: tuple[str, int] = ("", 0)
    height: Annotated[int, Meta(ge=0)] = 0


NEWER: dict[str, Any] = {
    "leaves": [{"colour": "green", "more": 1}, {"colour": "red", "size": 2}],
    "rows": [["blue", "x", "more"]],
    "first": None,
    "times": {"green": 3},
    "pair": ["a", 1],
    "height": 4,
    "more": [],
}


def test_its_words_are_kept_and_its_other_fields_left_out() -> None:
    told = document_of(NEWER, Tree)
    assert told.leaves == (Leaf(told.leaves[0].colour), Leaf(Colour.RED, 2))
    assert (told.leaves[0].colour.value, told.leaves[1].colour) == ("green", Colour.RED)
    assert (told.rows[0].colour, told.rows[0].text) == ("blue", "x")
    assert (told.first, told.times, told.pair, told.height) == (None, {"green": 3}, ("a", 1), 4)
    assert msgspec.json.decode(msgspec.json.encode(told))["leaves"][0]["colour"] == "green"


@pytest.mark.parametrize(
    "other", [{"leaves": 1}, {"leaves": [{}]}, {"height": "x"}, {"pair": ["a", "b"]}, {"rows": [["red"]]}]
)
def test_what_is_none_of_whatever_version_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        document_of(NEWER | other, Tree)
