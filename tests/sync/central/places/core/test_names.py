"""The five levels, and what a place may be called."""

from __future__ import annotations

import pytest

from sync.central.places.core.levels import LEVELS
from sync.central.places.core.names import fault_of_name, names_of_path, normal_name


def test_a_place_holds_smaller_ones_only() -> None:
    assert [level.value for level in LEVELS] == ["city", "district", "street", "community", "site"]
    for above in LEVELS:
        for below in LEVELS:
            assert above.may_hold(below) == (above.depth < below.depth)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  北市场  街道 ", "北市场 街道"), ("e\u0301", "é"), ("a\tb\n", "a b"), ("\u3000东\u3000湖", "东 湖")],
)
def test_a_name_has_one_form(given: str, kept: str) -> None:
    assert normal_name(given) == kept
    assert fault_of_name(kept) is None


@pytest.mark.parametrize("name", ["", "a/b", "a\u200bb", "\x00", "\u202e", "字" * 101])
def test_a_name_that_none_could_read_or_name_is_refused(name: str) -> None:
    assert fault_of_name(name)


@pytest.mark.parametrize(
    ("path", "names"), [("江城市/东湖区", ("江城市", "东湖区")), ("/a// b /", ("a", "b")), (" / ", ())]
)
def test_a_path_is_names(path: str, names: tuple[str, ...]) -> None:
    assert names_of_path(path) == names
