"""`python -m edge.setup.trying.child` reads what to try from standard input, and says how it goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from edge.configuration import GateConfiguration, load_configuration
from edge.diagnostics.check import check_beside, check_gate
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import ConfigurationError, GatepostError
from edge.setup.core import TrialKind, TrialOutcome
from edge.setup.trying.camera import try_camera
from edge.setup.trying.lane import try_inputs, try_output
from edge.setup.trying.readers import try_scanner, try_thermometer, try_voice
from edge.setup.trying.wire import TryingSaid, TryThis
from edge.support.decoding import json_of
from edge.support.toml import Document, paths_beside, typed

_TRY: dict[TrialKind, Callable[[GateConfiguration, TryThis, Callable[[str], None]], TrialOutcome]] = {
    TrialKind.OUTPUT: try_output,
    TrialKind.INPUTS: try_inputs,
    TrialKind.CAMERA: try_camera,
    TrialKind.SCANNER: try_scanner,
    TrialKind.THERMOMETER: try_thermometer,
    TrialKind.VOICE: try_voice,
}


def main() -> None:
    """Try, or check, as the gate's user."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asked = json_of(sys.stdin.buffer.read(), TryThis)
    if asked.trial is None:
        _check(asked)
        return
    name = asked.trial.name
    try:
        configuration = typed(
            Document("gate.toml", asked.document), GateConfiguration, "", paths_beside(Path("/gate.toml"))
        )
        outcome = _TRY[asked.trial.kind](configuration, asked, _tell)
    except GatepostError as error:
        outcome = TrialOutcome(
            name, False, problem=f"{error.where}: {error.what}".strip(": "), remedy=error.remedy
        )
    except OSError as error:
        problem = f"{error.filename or ''}: {error.strerror or error}".strip(": ")
        outcome = TrialOutcome(name, False, problem=problem, remedy="see what df and dmesg say")
    _say(TryingSaid(outcome=outcome))


def _check(asked: TryThis) -> None:
    try:
        configuration = load_configuration(Path(asked.gate_file))
    except ConfigurationError as error:
        found = CheckResult(Verdict.BAD, "configuration", f"{error.where}: {error.what}", error.remedy)
        _say(TryingSaid(check=found))
        return
    for found in check_beside(configuration) if asked.beside else check_gate(configuration):
        _say(TryingSaid(check=found))


def _tell(text: str) -> None:
    _say(TryingSaid(text=text))


def _say(said: TryingSaid) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
