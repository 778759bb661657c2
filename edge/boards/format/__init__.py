"""A board as values: pins, lines, kinds of barrier, and what is wrong with a wiring before any pin is
touched. PURE.
"""

from edge.boards.format.board import (
    RELAYS,
    Board,
    Computer,
    Input,
    InputName,
    Level,
    Output,
    OutputName,
    Pull,
)
from edge.boards.format.header import Bus
from edge.boards.format.kinds import Barrier, BarrierKind, BreakInEnds, Drive, Interlock
from edge.boards.format.problem import BoardProblem, Severity
from edge.boards.format.relay_board import FACTS, ExpanderFacts, RegisterFacts, RelayBoard
from edge.boards.format.wiring import check_board

__all__ = [
    "FACTS",
    "RELAYS",
    "Barrier",
    "BarrierKind",
    "Board",
    "BoardProblem",
    "BreakInEnds",
    "Bus",
    "Computer",
    "Drive",
    "ExpanderFacts",
    "Input",
    "InputName",
    "Interlock",
    "Level",
    "Output",
    "OutputName",
    "Pull",
    "RegisterFacts",
    "RelayBoard",
    "Severity",
    "check_board",
]
