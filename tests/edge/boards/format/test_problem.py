"""What is wrong with a board: an error keeps the gate from starting, a warning does not."""

from __future__ import annotations

from edge.boards.format import BoardProblem, ProblemSeverity
from edge.boards.format.problem import error, warning


def test_each_says_where_what_and_what_to_do() -> None:
    for make, severity in ((error, ProblemSeverity.ERROR), (warning, ProblemSeverity.WARNING)):
        found = make("outputs.lamp", "two outputs on pin 17", "move one")
        assert found == BoardProblem(severity, "outputs.lamp", "two outputs on pin 17", "move one")
