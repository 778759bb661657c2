"""The pictures of the console are those that are made."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def test_the_pictures_of_the_console_are_those_that_are_made() -> None:
    """`python -m tests.sync.central.web.pictures` makes them; the page about the console shows them."""
    pictures = pytest.importorskip("tests.sync.central.web.pictures")
    made = {f"{item.name}.png" for item in pictures.PICTURES}
    assert {file.name for file in (ROOT / "docs" / "pictures").glob("console-*.png")} == made
    page = (ROOT / "docs" / "console.md").read_text()
    assert {name for name in made if f"pictures/{name}" in page} == made
