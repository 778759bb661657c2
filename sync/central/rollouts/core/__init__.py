"""What a roll-out does next: which gates are asked, when the next stage begins, when it stops. PURE."""

from sync.central.rollouts.core.plan import (
    MOST_MINUTES,
    GateNow,
    GateProgress,
    ImpossibleRules,
    RolloutStep,
    Rules,
    failed_at_stop,
    next_step,
    rules_of,
    spread,
    stage_of,
)

__all__ = [
    "MOST_MINUTES",
    "GateNow",
    "GateProgress",
    "ImpossibleRules",
    "RolloutStep",
    "Rules",
    "failed_at_stop",
    "next_step",
    "rules_of",
    "spread",
    "stage_of",
]
