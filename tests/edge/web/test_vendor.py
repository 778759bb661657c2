"""Files of others are the ones that were looked at."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path

VENDOR = Path(str(files("edge.web"))) / "static" / "vendor"


def test_each_pinned_file_is_the_one_that_its_digest_names() -> None:
    page = (VENDOR / "README.md").read_text()
    named = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", page, re.MULTILINE))
    held = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name != "README.md"
    }
    assert held == named
