"""Plays for the tests of the runner: worlds whose faults are written down, and take no time."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from tests.simulation.observations import Violation
from tests.simulation.plan import Fault, Plan
from tests.simulation.result import Result


def play(plan: Plan, mutants: tuple[str, ...]) -> Result:
    """What is wrong comes of the seed: see `SPECIAL`; or of a mutant, or of two faults together."""
    SPECIAL.get(plan.seed, lambda: None)()
    kinds = {event.fault for event in plan.faults}
    found = [Violation(name, 60.0, "a mutant") for name in mutants if Fault.LINK_LOST in kinds]
    if {Fault.POWER_CUT, Fault.GATE_KILLED} <= kinds:
        found.append(Violation("nothing-lost", 60.0, "event 7 of main is gone"))
    return Result(
        violations=tuple(found),
        gate_hours=plan.hours * len(plan.town.gates),
        faults=dict(Counter(event.fault.value for event in plan.faults)),
        steps=len(plan.visits),
        digest=f"{hash('the same in every process')}",
    )


def _raise() -> None:
    raise KeyError("no such gate")


def _never_end() -> None:
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001, S110 - as a product that catches what a message raises
            pass


def _die() -> None:
    os.write(2, b"out of memory, says the kernel\n")
    os._exit(9)


def _wait_for_nobody() -> None:
    threading.Event().wait()


def _print() -> None:
    print("the product says something")  # noqa: T201 - that is the point


RAISES, NEVER_ENDS, DIES, WAITS, PRINTS = 1000, 2000, 3000, 4000, 5000
SPECIAL: Mapping[int, Callable[[], None]] = {
    RAISES: _raise,
    NEVER_ENDS: _never_end,
    DIES: _die,
    WAITS: _wait_for_nobody,
    PRINTS: _print,
}
