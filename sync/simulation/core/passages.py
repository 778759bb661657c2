"""What a gate writes down of one who comes: the events of the real journal, and their times."""

from __future__ import annotations

from collections.abc import Callable

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    Reason,
)
from edge.journal.format import AccessDecided, Event, LaneClosed, LaneOpened, LanePassed, Told, told
from sync.simulation.core.journal import SimulatedFact

UNKNOWN = 0.04
"""The share of those whom no gate knows: an event of its own that goes up at once."""
_PEOPLE = 400
_OPENS, _PASSES, _CLOSES = 0.3, 2.5, 5.0
"""Seconds after the decision."""
_RULE = "residents"


def passage(
    direction: Direction, registry: int | None, chance: Callable[[], float]
) -> tuple[tuple[float, Told], ...]:
    """The events of one who comes, each with the seconds after which it follows the first."""
    waited = round(150 + 250 * chance())
    if chance() < UNKNOWN:
        return ((0.0, told(_decided(direction, registry, None, waited, chance))),)
    subject = f"simulated-{int(_PEOPLE * chance()):03d}"
    followed: tuple[tuple[float, Event], ...] = (
        (0.0, _decided(direction, registry, subject, waited, chance)),
        (_OPENS, LaneOpened("grant", subject)),
        (_PASSES, LanePassed(direction, "counted", "grant", subject)),
        (_CLOSES, LaneClosed()),
    )
    return tuple((after, told(event)) for after, event in followed)


def backlog_fact(number: int, count: int, now: int, over: float) -> SimulatedFact:
    """Event `number` of `count` that a gate wrote while it was away for `over` seconds, until `now`
    (microseconds since 1970 UTC).
    """
    before = (count - number + 1) * over / count
    body = told(_decided(Direction.ENTRY, None, f"simulated-{number % _PEOPLE:03d}", 260, lambda: 0.5))
    return SimulatedFact(body, now - round(1e6 * before), ClockTrust.HOLDOVER, max(0.0, over - before))


def _decided(
    direction: Direction, registry: int | None, subject: str | None, waited: int, chance: Callable[[], float]
) -> AccessDecided:
    score = round(0.62 + 0.3 * chance(), 3)
    if subject is None:
        face = FaceEvidence(
            FaceFinding.UNKNOWN, score=round(score / 2, 3), threshold=0.6, liveness=0.95, frames=4
        )
        decision = Decision(Outcome.DENY, Reason.FACE_UNKNOWN, "unknown")
    else:
        face = FaceEvidence(FaceFinding.MATCHED, subject, score=score, threshold=0.6, liveness=0.95, frames=3)
        decision = Decision(Outcome.GRANT, Reason.FACE_MATCHED, _RULE, subject)
    evidence = Evidence(direction, face=face)
    return AccessDecided(decision, evidence, Mode.FACE_OR_CODE, registry, "camera", waited=waited)
