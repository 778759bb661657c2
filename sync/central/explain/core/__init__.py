"""A decision made again from what was written down of it: rule by rule, with single things changed, under
other rules, for a person who only might come. PURE.
"""

from sync.central.explain.core.instead import Instead, instead_of
from sync.central.explain.core.replay import HeldVersion, Replay, ReplayGap, replay_of
from sync.central.explain.core.sayings import N_
from sync.central.explain.core.tally import (
    Example,
    ReplayDoubt,
    ReplayedDecision,
    ReplayTally,
    WhatIf,
    crowding_by,
)
from sync.central.explain.core.walk import RuleLine, lines_of
from sync.central.explain.core.would_pass import Passing, passing

__all__ = [
    "N_",
    "Example",
    "HeldVersion",
    "Instead",
    "Passing",
    "Replay",
    "ReplayDoubt",
    "ReplayGap",
    "ReplayTally",
    "ReplayedDecision",
    "RuleLine",
    "WhatIf",
    "crowding_by",
    "instead_of",
    "lines_of",
    "passing",
    "replay_of",
]
