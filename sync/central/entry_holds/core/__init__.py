"""What a gate is to be told of the entries that are to be held there, and how far that has come. PURE."""

from sync.central.entry_holds.core.telling import (
    AUTOMATIC_LENGTH,
    AskedGate,
    HoldStanding,
    WantedHold,
    is_to_be_asked,
    longest,
    renewed,
    standing_of,
)

__all__ = [
    "AUTOMATIC_LENGTH",
    "AskedGate",
    "HoldStanding",
    "WantedHold",
    "is_to_be_asked",
    "longest",
    "renewed",
    "standing_of",
]
