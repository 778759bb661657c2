"""`gatepost gate check` says how the last update ended, and that the last fetch failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from edge.commands.configuration import CommandsSection
from edge.diagnostics.check_result import Verdict
from edge.diagnostics.check_updates import check_updates
from tests.edge.diagnostics.test_check_packaged import configured

ENDED = {"number": 1, "version": "0.2.0", "before": "0.1.0", "how": "refused", "why": "no room"}


def said(path: Path) -> list[tuple[Verdict, str]]:
    configuration = replace(configured(), commands=CommandsSection(update_result=path))
    return [(each.verdict, each.text) for each in check_updates(configuration)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ({}, []),
        ({"ended": ENDED}, [(Verdict.WARNING, "0.2.0 was refused: no room")]),
        (
            {"ended": {**ENDED, "how": "went_back"}},
            [(Verdict.WARNING, "0.1.0 is in force again, 0.2.0 is not: no room")],
        ),
        (
            {"ended": {**ENDED, "how": "installed"}},
            [(Verdict.GOOD, "the last one put 0.2.0 in force")],
        ),
        (
            {"ended": ENDED, "unfetched": {"version": "0.3.0", "why": "frozen", "at": 1.0}},
            [(Verdict.WARNING, "0.3.0 could not be fetched: frozen")],
        ),
        (
            {"unfetched": {"version": "", "why": "frozen", "at": 1.0}},
            [(Verdict.WARNING, "the newest version could not be fetched: frozen")],
        ),
        ({"ended": {**ENDED, "version": ""}}, []),
    ],
)
def test_what_the_updater_says_is_said(
    tmp_path: Path, word: dict[str, Any], expected: list[tuple[Verdict, str]]
) -> None:
    path = tmp_path / "standing.json"
    path.write_bytes(msgspec.json.encode(word))
    assert said(path) == expected


def test_a_gate_without_an_updater_and_one_whose_word_is_damaged(tmp_path: Path) -> None:
    assert said(tmp_path / "none") == []
    (tmp_path / "standing.json").write_text("{")
    [(verdict, text)] = said(tmp_path / "standing.json")
    assert verdict is Verdict.WARNING
    assert "cannot be read" in text
