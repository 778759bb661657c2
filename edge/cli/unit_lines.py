"""The two lines that a lane waits for: systemd's `gate run --config FILE`, and `lane rest --config FILE`.

They go past the parser of all commands, a tenth of the first one's start and a third of the second's. A line
with another word in it, or whose file is not there, goes by the parser; so does what goes wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn, cast

from edge.cli.streams import guarded
from edge.support.modes import closed_to_others
from edge.support.no_collecting import no_collecting

if TYPE_CHECKING:
    from edge.lane.configuration import LaneAlone


def unit_line(words: Sequence[str]) -> Callable[[], object] | None:
    """What the words do; None where they are no line of a unit's."""
    match words:
        case ["gate", "run", "--config", name] if Path(name).is_file():
            return partial(run_gate_of, Path(name))
        case ["lane", "rest", "--config", name] if Path(name).is_file():
            return partial(rest_lane, Path(name))
    return None


def run_line(does: Callable[[], object], words: Sequence[str]) -> NoReturn:
    """Do it, and end as the parser's commands end."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    try:
        with guarded(), closed_to_others():
            does()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what has no name is raised again
        from edge.cli.main import end_with

        end_with(error, words)
    sys.exit(0)


def run_gate_of(file: Path, *, json: bool = False) -> None:
    """Run the gate of this gate.toml until a signal stops it."""
    with no_collecting(), _without_rich():
        from edge.cli.logs import log_to_stderr
        from edge.configuration import load_configuration
        from edge.diagnostics.redaction import plain_fields
        from edge.gate import run_gate
        from edge.runtime.machine import THIS_COMPUTER
        from edge.support.recent_log import RecentLog
        from edge.support.stop_signals import stopped_by_signals

    recent = RecentLog(plain_fields)
    log_to_stderr(json=json, recent=recent)
    with stopped_by_signals() as stop:
        run_gate(load_configuration(file), stop, replace(THIS_COMPUTER, recent_log=recent))


def rest_lane(file: Path) -> LaneAlone:
    """Drive every output of this gate.toml's lane inactive and let it go; what was read of the file."""
    with no_collecting():
        from edge.boards.files import load_board
        from edge.devices.pins import Outputs, board_pins
        from edge.lane.configuration import PinKind, load_lane

    alone = load_lane(file)
    board = load_board(alone.lane.board)
    if alone.lane.pins is PinKind.GPIO:
        pins = board_pins(board)
    else:
        from edge.devices.simulated import simulated_pins

        pins = simulated_pins()
    with closing(pins):
        outputs = Outputs(board, pins)
        outputs.claim()
        outputs.release()
    return alone


@contextmanager
def _without_rich() -> Iterator[None]:
    """Keep structlog from loading rich, by which it would draw what a daemon never draws: 52 modules."""
    loaded = sys.modules.get("rich")
    if loaded is not None:
        yield
        return
    sys.modules["rich"] = cast("ModuleType", None)  # Python's own way to say that there is none
    try:
        yield
    finally:
        del sys.modules["rich"]
