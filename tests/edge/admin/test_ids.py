"""Ids of subjects: printable, not too long, fit to name a folder, and not to be confused with another."""

from __future__ import annotations

import pytest

from edge.admin.ids import MOST_CHARACTERS, checked_id
from edge.errors import RegistryError


@pytest.mark.parametrize("good", ["li-na", "3-2-301", "李娜", "a b", "1E", "1e3", "x" * MOST_CHARACTERS])
def test_an_id(good: str) -> None:
    assert checked_id(good) == good


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("", "missing"),
        ("x" * (MOST_CHARACTERS + 1), "longer than 64"),
        ("a\nb", "printable"),
        (" a", "printable"),
        ("3/2/301", "3-2-301"),
        ("a\\b", "ids name folders"),
        (".", "ids name folders"),
        ("..", "ids name folders"),
        ("1.2E+15", "spreadsheet shortened"),
        ("1e+3", "spreadsheet shortened"),
        ("ｌｉ", "write 'li'"),
    ],
)
def test_what_is_refused_and_what_to_do(bad: str, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        checked_id(bad)
