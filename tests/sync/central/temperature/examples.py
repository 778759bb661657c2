"""Decisions with temperatures."""

from __future__ import annotations

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, TemperatureReading
from edge.journal.format import AccessDecided


def measured(
    reading: TemperatureReading | None,
    outcome: Outcome = Outcome.GRANT,
    reason: Reason = Reason.FACE_MATCHED,
    subject: str | None = "li-na",
) -> AccessDecided:
    """A decision on somebody of whom that was measured."""
    decision = Decision(outcome, reason, "test", subject)
    return AccessDecided(decision, Evidence(Direction.ENTRY, temperature=reading), Mode.FACE, 1, "camera")


def at(celsius: float, again: float | None = None) -> AccessDecided:
    return measured(TemperatureReading(celsius, raw=celsius, again=again))
