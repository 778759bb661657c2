"""`gatepost setup`: from a package to a working gate, by questions or by a file of answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edge.cli.answers import DONE, PROBLEM, Json, answer, note
from edge.cli.arguments import GateFile, gate_file
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError
from edge.setup.core import Answers, SetupStep
from edge.support.toml import load_toml

if TYPE_CHECKING:
    from edge.setup.asking import Asker
    from edge.setup.conversation import SetupReport

_KEYS = "docs/setup.md lists every key"


def setup(
    *,
    step: Annotated[
        tuple[SetupStep, ...], Parameter(help="Only this step; may be repeated. By default all of them.")
    ] = (),
    answers: Annotated[
        Path | None, ToRead, Parameter(help="A file of answers (TOML): nobody is asked.")
    ] = None,
    enrol: Annotated[
        str | None,
        Parameter(
            name="--enrol",
            help="CODE@CENTRE, as `gatepost central gate invite` says it; @CENTRE: the code is asked for.",
        ),
    ] = None,
    config: GateFile = None,
    json: Json = False,
) -> int:
    """Set up this gate (`sync.cli.main` has the help)."""
    from edge.setup.conversation import set_up
    from edge.setup.ground import ground_at
    from sync.cli.setup_enrolment import enrolled

    given = Answers() if answers is None else load_toml(answers, Answers, _KEYS)
    if answers is None and (json or not sys.stdin.isatty()):
        raise ConfigurationError(
            "nobody is there to be asked: standard input is no terminal",
            where="gatepost setup",
            remedy="give the answers in a file, --answers FILE: docs/setup.md",
        )
    asker, file = _asker(given, answers, json=json), gate_file(config)
    with enrolled(ground_at(file), enrol, asker) as (ground, material):
        report = set_up(ground, asker, given, step or tuple(SetupStep), material)
    _answer(report, json=json)
    return DONE if report.good else PROBLEM


def _asker(given: Answers, file: Path | None, *, json: bool) -> Asker:
    if file is None:
        from edge.cli.setup_terminal import AtTerminal

        return AtTerminal()
    from edge.setup.asking import FromFile

    return FromFile(given, lambda text: note(text, json=json) if json else print(text), str(file))


def _answer(report: SetupReport, *, json: bool) -> None:
    started = report.started
    fields = {
        "gate": report.gate,
        "site": report.site,
        "changed": list(report.changed),
        "written": [str(path) for path in report.written],
        "trials": [
            {
                "trial": one.trial,
                "good": one.good,
                "seen": one.seen,
                "problem": one.problem,
                "remedy": one.remedy,
            }
            for one in report.outcomes
        ],
        "checks": [
            {"what": one.what, "verdict": one.verdict, "text": one.text, "remedy": one.remedy}
            for one in report.checks
        ],
        "started": [] if started is None else list(started.units),
        "problem": "" if started is None else started.problem,
    }
    left = [f"{one.trial}: {one.remedy or one.problem}" for one in report.outcomes if not one.passed]
    left += [f"{one.what}: {one.text} → {one.remedy}" for one in report.checks if one.verdict == "bad"]
    lines = [f"left to do: {text}" for text in left] or [f"gate {report.gate} of {report.site} is set up"]
    answer(fields, "", *lines, json=json)
