"""A board as values: pins, lines, kinds of barrier, and what is wrong with a wiring before any pin is
touched. PURE.
"""

from edge.boards.format.board import (
    RELAYS,
    Board,
    Computer,
    Input,
    InputName,
    LineLevel,
    Output,
    OutputName,
    Pull,
    Rest,
)
from edge.boards.format.boot import CAMERA, Fitted, boot_lines
from edge.boards.format.header import GROUNDS, PHYSICAL, SUPPLIES, Bus
from edge.boards.format.kinds import Barrier, BarrierKind, BreakInEnds, Drive, Interlock
from edge.boards.format.problem import BoardProblem, ProblemSeverity
from edge.boards.format.relay_board import FACTS, ExpanderFacts, RegisterFacts, RelayBoard
from edge.boards.format.wiring import check_board

__all__ = [
    "CAMERA",
    "FACTS",
    "GROUNDS",
    "PHYSICAL",
    "RELAYS",
    "SUPPLIES",
    "Barrier",
    "BarrierKind",
    "Board",
    "BoardProblem",
    "BreakInEnds",
    "Bus",
    "Computer",
    "Drive",
    "ExpanderFacts",
    "Fitted",
    "Input",
    "InputName",
    "Interlock",
    "LineLevel",
    "Output",
    "OutputName",
    "ProblemSeverity",
    "Pull",
    "RegisterFacts",
    "RelayBoard",
    "Rest",
    "boot_lines",
    "check_board",
]
