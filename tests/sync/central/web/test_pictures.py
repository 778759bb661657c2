"""The pictures of the console are those that are made."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


def test_the_pictures_of_the_console_are_those_that_are_made() -> None:
    """`python -m tests.sync.central.web.pictures` makes them; some page shows each."""
    pictures = pytest.importorskip("tests.sync.central.web.pictures")
    made = {f"{item.name}.png" for item in pictures.PICTURES}
    assert {file.name for file in (ROOT / "docs" / "pictures").glob("console-*.png")} == made
    pages = [page.read_text() for page in (ROOT / "docs").glob("*.md")]
    assert {name for name in made if any(f"pictures/{name}" in page for page in pages)} == made
