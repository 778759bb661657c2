"""What the command line makes of words that no command can store."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command_line import called


@pytest.mark.parametrize(
    "words", [("subject", "remove"), ("subject", "show"), ("pass", "issue"), ("pass", "revoke")]
)
def test_an_id_that_is_not_text_is_refused_in_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert called("site", "init", "site", "--gate", "main:entry", cwd=tmp_path).returncode == 0
    strange = os.fsdecode(b"li\xff")
    done = called(*words, strange, "--json", cwd=tmp_path / "site")
    assert done.returncode in {1, 2}
    assert json.loads(done.stderr)["error"]
    done.stderr.encode()
