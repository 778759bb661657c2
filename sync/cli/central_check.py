"""`gatepost central check`: what keeps a centre from working, or soon will."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.answers import Json
from edge.cli.checking import print_results
from edge.cli.logs import quiet_logs
from edge.errors import ConfigurationError
from sync.cli.central_context import CentralFile, central_file

if TYPE_CHECKING:
    from edge.diagnostics.check_result import CheckResult


def check(*, json: Json = False, config: CentralFile = None) -> int:
    """Look for what keeps a centre from working (`sync.cli.central` has the help)."""
    quiet_logs()
    return print_results(_findings(config), json=json)


def _findings(config: Path | None) -> Iterator[CheckResult]:
    """What is found; of a file that no centre could work with, that alone."""
    from edge.diagnostics.check_result import CheckResult, Verdict
    from sync.central.checking.checking import check_central
    from sync.central.configuration import load_configuration

    file = central_file(config)
    try:
        configuration = load_configuration(file)
    except ConfigurationError as error:
        yield CheckResult(Verdict.BAD, "configuration", f"{error.where}: {error.what}", error.remedy)
        return
    yield from check_central(configuration, file.absolute())
