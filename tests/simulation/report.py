"""What a run says: each failure with the command that plays it again, and sums in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.ledger import Ledger, first_line
from tests.simulation.plan import Plan
from tests.simulation.player import Played

_LINES = 40
"""As much as is said of a violation: a traceback is long."""
_OTHERS = 5
_EVERY = 25
"""So many seeds after each other are worth a line."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Failure:
    plan: Plan
    played: Played
    again: str

    @property
    def checker(self) -> str:
        return self.played.result.violations[0].checker


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
        elif self.sums.seeds % _EVERY == 0:
            self._say(f"{self.sums.seeds} seeds, {len(self.failures)} failed so far")

    def _tell(self, failure: Failure) -> None:
        first, *others = failure.played.result.violations
        more = f", and {len(others)} more" if others else ""
        at = f"{first.at:.3f} s, " if first.at else ""
        self._say(f"seed {failure.plan.seed} failed: {first.checker}: {at}{first_line(first.what)}{more}")
        if first.checker not in self._told:
            self._told.add(first.checker)
            for line in [
                *first.what.strip().splitlines()[-_LINES:],
                *(_short(other) for other in others[:5]),
            ]:
                self._say(f"    {line}")
        self._say(f"    again: {failure.again}")

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


def _short(violation: object) -> str:
    return first_line(str(violation))


def _speed(sums: Ledger) -> str:
    hours = sums.cpu_seconds / 3600
    rate = f"{sums.gate_hours / hours:,.0f} a core-hour" if hours else "at once"
    return f"{rate} ({sums.cpu_seconds:.0f} s of CPU)"
