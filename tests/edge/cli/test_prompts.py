"""`gatepost prompts` lists every text, and says what it cannot play."""

from __future__ import annotations

from pathlib import Path

from edge.prompts.texts import recorded_texts
from tests.command_line import called


def test_the_command_lists_every_text_and_says_what_it_cannot_play(tmp_path: Path) -> None:
    shown = called("prompts", "list", cwd=tmp_path).stdout
    for code, text in recorded_texts().items():
        assert code in shown
        assert text.zh in shown
