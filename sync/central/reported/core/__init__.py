"""What an event says of the gate's condition: what begins to hold there, and what ends. PURE."""

from sync.central.reported.core.conditions import ConditionChange, changes_of

__all__ = [
    "ConditionChange",
    "changes_of",
]
