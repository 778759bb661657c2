"""How long each stage of an encounter took."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter


class Stages:
    """Milliseconds by stage; each lasts from the end of the one before."""

    def __init__(self, known: Mapping[str, float] | None = None) -> None:
        """`known` are the stages that are over already."""
        self.took = dict(known or {})
        self._began = perf_counter()

    def over(self, stage: str) -> None:
        """`stage` is over now."""
        now = perf_counter()
        self.took[stage] = 1000.0 * (now - self._began)
        self._began = now

    def latency(self, gather: float) -> dict[str, float]:
        """All stages, their sum, and beside it the milliseconds that it took to `gather` the evidence."""
        stages = self.took | {"gather": gather, "total": sum(self.took.values())}
        return {stage: round(took, 3) for stage, took in stages.items()}
