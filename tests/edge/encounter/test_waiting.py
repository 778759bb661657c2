"""The line before the thermometer: who waits, for how long, and who no longer does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import (
    AccessVerdict,
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    Reason,
    Situation,
    TemperatureReading,
    WallTime,
)
from edge.encounter import Encounter, LineStep, Measured, Waiting, WaitingLine

LIMIT = 37.3
CAME = 100.0
SITUATION = Situation("site", "main", WallTime(datetime(2026, 3, 2, tzinfo=UTC), ClockTrust.TRUSTED), None)


def waiting(name: str | None = "ann", outcome: Outcome = Outcome.GRANT, since: float = CAME) -> Waiting:
    decision = Decision(outcome, Reason.FACE_MATCHED, "rule", subject_id=name)
    verdict = AccessVerdict(Evidence(Direction.ENTRY), None, decision, Mode.FACE, SITUATION)
    return Waiting(Encounter("camera", None, None, since, since, final=True), verdict, since)


def line(*people: Waiting) -> WaitingLine:
    made = WaitingLine(gone_after=2.0, wait_for=1.0, again_within=3.0)
    for one in people:
        made.add(one)
    return made


def high(**more: object) -> TemperatureReading:
    return TemperatureReading(38.5, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reading", "waited", "step"),
    [
        (None, 0.0, LineStep.WAIT),
        (None, 0.99, LineStep.WAIT),
        (None, 1.0, LineStep.SETTLE),
        (TemperatureReading(20.0, valid=False, why="not_a_person"), 0.5, LineStep.WAIT),
        (TemperatureReading(20.0, valid=False, why="too_far"), 0.5, LineStep.WAIT),
        (TemperatureReading(20.0, valid=False, why="not_a_person"), 1.0, LineStep.SETTLE),
        (TemperatureReading(39.0, valid=False, why="ambient"), 0.1, LineStep.SETTLE),
        (TemperatureReading(39.0, valid=False, why="drift"), 0.1, LineStep.SETTLE),
        (TemperatureReading(36.5), 0.1, LineStep.SETTLE),
        (TemperatureReading(LIMIT), 0.1, LineStep.ASK),
        (high(), 2.99, LineStep.ASK),
        (high(), 3.0, LineStep.SETTLE),
        (high(again=38.4), 0.1, LineStep.SETTLE),
    ],
)
def test_a_measurement_is_waited_for_as_long_as_it_may_change_something(
    reading: TemperatureReading | None, waited: float, step: LineStep
) -> None:
    assert line(waiting()).step(CAME + waited, Measured(reading, LIMIT)) is step


def test_somebody_is_asked_once_to_be_measured_again_and_the_next_one_too() -> None:
    people = line(waiting())
    steps = [people.step(CAME + tenth / 10, Measured(high(), LIMIT)) for tenth in range(3)]
    assert steps == [LineStep.ASK, LineStep.WAIT, LineStep.WAIT]
    people.leave()
    people.add(waiting("bob"))
    assert people.step(CAME, Measured(high(), LIMIT)) is LineStep.ASK


@pytest.mark.parametrize("outcome", [Outcome.DENY, Outcome.REFER])
def test_nobody_waits_who_is_refused_anyway(outcome: Outcome) -> None:
    assert line(waiting(outcome=outcome)).step(CAME, Measured(None, LIMIT)) is LineStep.SETTLE


def test_nobody_waits_where_no_measurement_is_to_be_expected() -> None:
    assert line(waiting()).step(CAME, None) is LineStep.SETTLE


def test_nobody_keeps_the_one_behind_them_waiting() -> None:
    assert line(waiting("ann"), waiting("bob")).step(CAME, Measured(None, LIMIT)) is LineStep.SETTLE


@pytest.mark.parametrize(("names", "count"), [(("ann", "ann"), 1), (("ann", "bob"), 2), ((None, None), 2)])
def test_a_person_is_in_line_once_and_strangers_are_each_another(
    names: tuple[str | None, ...], count: int
) -> None:
    people = line(*(waiting(name) for name in names))
    for _ in range(count):
        assert people.leave() is not None
    assert people.leave() is None


@pytest.mark.parametrize(
    ("last_seen", "now", "there"),
    [(None, 1.9, True), (None, 2.1, False), (1.0, 2.9, True), (1.0, 3.1, False)],
)
def test_anyone_who_went_away_is_no_longer_in_line(
    last_seen: float | None, now: float, *, there: bool
) -> None:
    people = line(waiting())
    if last_seen is not None:
        people.seen(CAME + last_seen)
    assert (people.first(CAME + now) is not None) is there
    assert (people.leave() is not None) is there
