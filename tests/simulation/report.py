"""What a run says: each failure with the command that plays it again, and sums in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tests.simulation.ledger import Ledger
from tests.simulation.observations import Violation
from tests.simulation.plan import Plan
from tests.simulation.player import Played

_LINES = 40
"""As much as is said of a violation: a traceback is long."""
_EVERY = 25
"""So many seeds after each other are worth a line."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Failure:
    plan: Plan
    played: Played
    again: str

    @cached_property
    def by_checker(self) -> dict[str, list[Violation]]:
        """What each checker found, in the order in which they found first."""
        found: dict[str, list[Violation]] = {}
        for violation in self.played.result.violations:
            found.setdefault(violation.checker, []).append(violation)
        return found


class Report:
    """Says of each failure how to see it again, of the first of each checker more; and in the end sums."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.sums = Ledger()
        self.in_all: Ledger | None = None
        self.failures: list[Failure] = []
        self._told: set[str] = set()

    def add(self, plan: Plan, outcome: Played, again: str) -> None:
        """Count one world in; `again` is what to type to play it again."""
        self.sums = self.sums.added(plan.seed, outcome, plan.hours, "")
        if outcome.result.violations:
            self.failures.append(Failure(plan, outcome, again))
            self._tell(self.failures[-1])
        if self.sums.seeds % _EVERY == 0:
            self._say(f"{self.sums.seeds} seeds, {len(self.failures)} failed so far")

    def _tell(self, failure: Failure) -> None:
        counted = ", ".join(f"{name} {len(found)}" for name, found in failure.by_checker.items())
        self._say(f"seed {failure.plan.seed} failed: {counted}")
        for name, (first, *_) in failure.by_checker.items():
            if name not in self._told:
                self._told.add(name)
                self._tell_first(first)
        self._say(f"    again: {failure.again}")

    def _tell_first(self, violation: Violation) -> None:
        at = f" at {violation.at:.3f} s" if violation.at else ""
        self._say(f"  {violation.checker}{at}:")
        for line in violation.what.strip().splitlines()[-_LINES:]:
            self._say(f"    {line}")

    def end(self) -> None:
        """Say the sums."""
        sums, in_all = self.sums, self.in_all
        faults = sum(sums.faults.values())
        for kind, count in sums.faults.items():
            self._say(f"{count:7} {kind}")
        self._say(f"simulated: {sums.gate_hours:,.0f} gate-hours, {_speed(sums)}")
        if in_all is not None:
            self._say(
                f"in all nights: {in_all.seeds:,} seeds, {in_all.gate_hours:,.0f} gate-hours, "
                f"{sum(in_all.faults.values()):,} faults, {len(in_all.findings)} failed; "
                f"the next begins at seed {in_all.next_seed}"
            )
        self._say(
            f"{sums.seeds} seeds, {len(self.failures)} failed, "
            f"{sums.gate_hours:,.0f} gate-hours, {faults:,} faults"
        )


def _speed(sums: Ledger) -> str:
    hours = sums.cpu_seconds / 3600
    rate = f"{sums.gate_hours / hours:,.0f} a core-hour" if hours else "at once"
    return f"{rate} ({sums.cpu_seconds:.0f} s of CPU)"
