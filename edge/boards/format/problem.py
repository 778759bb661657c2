"""One thing that is wrong with a board: what, at which key of its file, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ProblemSeverity(StrEnum):
    """Whether a gate starts with it."""

    ERROR = "error"  # the gate does not start with it
    WARNING = "warning"  # it starts, and says so every time


class BoardProblem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is wrong with a board: what, at which key of the file, and what to do."""

    severity: ProblemSeverity
    where: str
    what: str
    remedy: str


def error(where: str, what: str, remedy: str) -> BoardProblem:
    return BoardProblem(ProblemSeverity.ERROR, where, what, remedy)


def warning(where: str, what: str, remedy: str) -> BoardProblem:
    return BoardProblem(ProblemSeverity.WARNING, where, what, remedy)
