"""How long each stage of an encounter took."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Stages:
    """Milliseconds by stage, by a stopwatch in seconds; each lasts from the end of the one before."""

    def __init__(self, stopwatch: Callable[[], float], known: Mapping[str, float] | None = None) -> None:
        """`known` are the stages that are over already."""
        self.took = dict(known or {})
        self._stopwatch = stopwatch
        self._began = stopwatch()

    def over(self, stage: str) -> None:
        """`stage` is over now."""
        now = self._stopwatch()
        self.took[stage] = 1000.0 * (now - self._began)
        self._began = now

    def latency(self, gather: float) -> dict[str, float]:
        """All stages, their sum, and beside it the milliseconds that it took to `gather` the evidence."""
        stages = self.took | {"gather": gather, "total": sum(self.took.values())}
        return {stage: round(took, 3) for stage, took in stages.items()}
