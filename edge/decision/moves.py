"""What a gate may ask a person to do, so that it sees that they are there."""

from __future__ import annotations

from enum import StrEnum


class Move(StrEnum):
    """Left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    CLOSE_EYES = "close_eyes"  # and open them again


class ChallengeState(StrEnum):
    WAITING = "waiting"  # for a head held straight, before anything is asked
    ASKED = "asked"
    PASSED = "passed"
    FAILED = "failed"
