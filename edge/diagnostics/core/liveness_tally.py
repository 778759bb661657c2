"""Counts passages by species: how many attempts there were, and how many of them were taken for alive."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from edge.calibration.core import GroupErrorRate
from edge.diagnostics.core.liveness_passage import JudgedBy, Passage, PassageOutcome


@dataclass
class SpeciesTally:
    """One species: what became of its passages, and of those that were attempts, by each mode."""

    outcomes: Counter[PassageOutcome] = field(default_factory=Counter)
    attempts: Counter[JudgedBy] = field(default_factory=Counter)
    alive: Counter[JudgedBy] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)

    def add(self, passage: Passage, person: str | None) -> None:
        """Count one more; whom it shows counts once there was an attempt."""
        self.outcomes[passage.outcome] += 1
        for mode, alive in passage.alive.items():
            if alive is not None:
                self.attempts[mode] += 1
                self.alive[mode] += alive
        if person is not None and any(alive is not None for alive in passage.alive.values()):
            self.people.add(person)

    def rate(self, mode: JudgedBy) -> GroupErrorRate:
        """The share of attempts that were taken for alive, with its interval."""
        return GroupErrorRate(self.alive[mode], self.attempts[mode])

    def plain(self, mode: JudgedBy) -> dict[str, Any]:
        """As the summary has it: `mode` by itself, all of them below `modes`."""
        others = {
            outcome.value: self.outcomes[outcome]
            for outcome in PassageOutcome
            if outcome not in {PassageOutcome.ALIVE, PassageOutcome.PICTURE}
        }
        by_mode = {each.value: _plain(self.rate(each)) for each in JudgedBy if self.attempts[each]}
        return _plain(self.rate(mode)) | {"people": len(self.people)} | others | {"modes": by_mode}


def _plain(rate: GroupErrorRate) -> dict[str, Any]:
    low, high = rate.interval
    share = None if rate.share is None else round(rate.share, 5)
    return {
        "attempts": rate.cases,
        "alive": rate.hits,
        "share": share,
        "low": round(low, 5),
        "high": round(high, 5),
    }
