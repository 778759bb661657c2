"""The states of an appeal, and what may be done in each. PURE."""

from __future__ import annotations

from enum import StrEnum


class AppealState(StrEnum):
    """Where an appeal is."""

    OPEN = "open"
    FORWARDED = "forwarded"  # the source of the status is asked
    CORRECTING = "correcting"  # a correction waits for a second person
    ANSWERED = "answered"
    CORRECTED = "corrected"

    @property
    def is_settled(self) -> bool:
        return self in {AppealState.ANSWERED, AppealState.CORRECTED}


class AppealStage(StrEnum):
    """What happened to an appeal."""

    ASKED = "asked"
    TAKEN = "taken"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CORRECTION_ASKED = "correction_asked"
    CORRECTED = "corrected"


def after(state: AppealState, step: AppealStage) -> AppealState:
    """The state after a step. A correction may come while something else was done: it always counts."""
    match step:
        case AppealStage.FORWARDED:
            return AppealState.FORWARDED
        case AppealStage.ANSWERED:
            return AppealState.ANSWERED
        case AppealStage.CORRECTION_ASKED:
            return AppealState.CORRECTING
        case AppealStage.CORRECTED:
            return AppealState.CORRECTED
    return state


_AT_A_GATE = "E"
"""What stands for the device in a number that a gate shows."""


def reference_in(text: str) -> tuple[str | None, int] | None:
    """The device and the number that an appeal number names (gp-0001-4711, or with a blank); no device where
    it is as a gate's screen shows it (E-4711); None if none.
    """
    device, _, number = text.strip().replace(" ", "-").rpartition("-")
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    if not device or not is_number or len(device) > 63:
        return None
    return None if device.upper() == _AT_A_GATE else device, int(number)


def reference_of(device: str, sequence: int) -> str:
    """The appeal number of a decision: the gate's device, and the number in its journal."""
    return f"{device}-{sequence}"
