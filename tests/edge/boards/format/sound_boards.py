"""Boards that nothing is wrong with, for the tests to spoil."""
# ruff: noqa: E501 - a row of a table is a line

from __future__ import annotations

from edge.boards.files import decode_board
from edge.boards.format import (
    Board,
    BoardProblem,
    ProblemSeverity,
)

SOUND = """
name = "mine"
computer = "raspberry-pi-4"
way_out = "handle"
[barrier]
kind = "strike"
drive = "hold"
[outputs]
relay_open = { pin = 17, active = "high", pull = "down", on_power_loss = "secured", on_process_death = "secured" }
[inputs]
override     = { pin = 5 }
door_contact = { pin = 13, active = "high" }
beam_outer   = { pin = 12, active = "high" }
beam_inner   = { pin = 16, active = "high" }
fire         = { pin = 26, active = "high" }
"""


def board(text: str) -> Board:
    return decode_board(text.encode(), "mine.toml")


def _is_error(finding: BoardProblem) -> bool:
    return finding.severity is ProblemSeverity.ERROR
