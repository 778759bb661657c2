"""Checks a gate that runs from a process beside it, so that nothing in the gate waits for it.

`python -m edge.diagnostics.beside` reads the configuration and writes what it found.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from platform import python_version
from typing import Any

import msgspec

from edge.configuration import GateConfiguration
from edge.diagnostics.board_facts import BoardFacts, board_facts
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import CheckResult
from edge.errors import GatepostError
from edge.journal.format import SILENT
from edge.journal.reader import JournalReader
from edge.support.decoding import Undecodable, json_of, msgpack_of
from edge.support.isolated import isolated
from edge.support.toml import Document, paths_beside, typed

_MOST_SECONDS = 60.0
_MOST_MEMORY = 1 << 30
_NICE = 10


class Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found: the checks' results, how the computer is, the versions of what runs, and how many
    events of each kind the journal holds. `problem` says why nothing was.
    """

    checks: tuple[CheckResult, ...] = ()
    board: BoardFacts | None = None
    versions: dict[str, str] = {}
    events: dict[str, int] = {}
    problem: str = ""


def look_beside(configuration: GateConfiguration, command: tuple[str, ...] | None = None) -> Beside:
    """What a process beside the gate finds; waits for it, up to a minute."""
    try:
        done = subprocess.run(
            command or isolated("edge.diagnostics.beside"),
            input=msgspec.json.encode(configuration, enc_hook=str),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_MOST_SECONDS,
            check=False,
        )
        return msgpack_of(done.stdout, Beside)
    except subprocess.TimeoutExpired:
        return Beside(problem=f"the checks took longer than {_MOST_SECONDS:g} s")
    except (OSError, Undecodable) as error:
        return Beside(problem=f"the checks could not be made: {error}")


def main() -> None:
    """Look, as the process beside the gate."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    table: dict[str, Any] = json_of(sys.stdin.buffer.read(), dict)
    configuration = typed(
        Document("gate.toml", table), GateConfiguration, "", paths_beside(Path("/gate.toml"))
    )
    sys.stdout.buffer.write(msgspec.msgpack.encode(_found(configuration)))


def _found(configuration: GateConfiguration) -> Beside:
    return Beside(
        checks=tuple(check_beside(configuration)),
        board=board_facts(configuration.journal.path.parent),
        versions=_versions(),
        events=_events(configuration.journal.path),
    )


def _versions() -> dict[str, str]:
    kernel = os.uname()
    installed = {each.name.lower(): each.version for each in distributions() if each.name}
    ours = {"python": python_version(), "kernel": f"{kernel.sysname} {kernel.release} {kernel.machine}"}
    return {**ours, **dict(sorted(installed.items())[:200])}


def _events(journal: Path) -> dict[str, int]:
    try:
        reader = JournalReader(journal)
    except GatepostError:
        return {}  # a check says what is wrong with it
    try:
        hidden = {kind.kind.value for kind in SILENT}
        return {kind: count for kind, count in reader.kinds().items() if kind not in hidden}
    finally:
        reader.close()


if __name__ == "__main__":
    main()
