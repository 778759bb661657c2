"""Files of others are the ones that were looked at."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
VENDOR = Path(str(files("sync.central.web"))) / "static" / "vendor"


def test_each_pinned_file_is_the_one_that_its_digest_names() -> None:
    page = (VENDOR / "README.md").read_text()
    named = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", page, re.MULTILINE))
    held = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name != "README.md"
    }
    assert held == named


def test_the_pictures_of_the_console_are_those_that_are_made() -> None:
    """`python -m tests.sync.central.web.pictures` makes them; the page about the console shows them."""
    pictures = pytest.importorskip("tests.sync.central.web.pictures")
    made = {f"{item.name}.png" for item in pictures.PICTURES}
    assert {file.name for file in (ROOT / "docs" / "pictures").glob("console-*.png")} == made
    page = (ROOT / "docs" / "console.md").read_text()
    assert {name for name in made if f"pictures/{name}" in page} == made
