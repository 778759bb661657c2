"""What came of one play of a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.observations import Violation
from tests.simulation.plan import Plan


@dataclass(frozen=True)
class Result:
    """`gate_hours` is the simulated time of all gates together; `faults` counts those that were played, by
    kind. The same plan gives the same `digest` of all observations, whoever plays it.
    """

    violations: tuple[Violation, ...] = ()
    gate_hours: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    digest: str = ""


Play = Callable[[Plan, tuple[str, ...]], Result]
"""A plan and the names of mutants → what came of it: `tests.simulation.world.play`, or a script of a test."""
