"""Prints what a check of a gate, of its sync process or of a centre found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge.cli.answers import objects

if TYPE_CHECKING:
    from rich.text import Text

    from edge.diagnostics.check_result import CheckResult

_COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}


def print_results(results: Iterable[CheckResult], *, json: bool) -> int:
    """Print each as it is found; the exit code: 1 if anything is bad."""
    from edge.cli.terminal import console

    out, bad = console(), False
    for found in results:
        bad |= found.verdict.value == "bad"
        if json:
            fields = {"what": found.what, "verdict": found.verdict, "text": found.text}
            objects([{**fields, "remedy": found.remedy}])
        else:
            out.print(_line(found), soft_wrap=True)
    return int(bad)


def _line(found: CheckResult) -> Text:
    from rich.text import Text

    word = found.verdict.value
    line = Text.assemble((f"{word:<7}", _COLOURS[word]), f" {found.what}: {found.text}")
    if found.remedy:
        line.append(f" → {found.remedy}", "dim")
    return line
