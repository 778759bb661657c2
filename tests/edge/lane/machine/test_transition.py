"""One step while it is made: phases begin clean, records are folded in a flood, relays never overlap."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.boards.format import InputName, Interlock, OutputName
from edge.decision import Direction
from edge.journal.format import LaneEvent, LaneForced, LanePassed, LaneRepeated
from edge.lane.machine.signals import Cause, Prompt, Record, SetOutput
from edge.lane.machine.state import Impulse, Phase, Repeat
from edge.lane.machine.transition import MINUTE, MOST_A_MINUTE, Transition, recent
from tests.edge.lane.machine.one_step import BOOM, NOW, bodies, effects, recorded, transition

OF_SOMEBODY = LanePassed(Direction.ENTRY, "counted", Cause.GRANT, "ref-1")


def test_a_phase_begins_now_with_no_deadline_of_the_one_before() -> None:
    made = transition(phase=Phase.OBSTRUCTED, until=NOW + 1.0, clear_at=NOW + 2.0, stand_by=NOW + 3.0)
    made.enter(Phase.OPEN)
    state = made.state
    assert (state.phase, state.since) == (Phase.OPEN, NOW)
    assert (state.until, state.clear_at, state.stand_by) == (None, None, None)
    made.enter(Phase.CLOSING, 1.5)
    assert made.state.until == NOW + 1.5


@pytest.mark.parametrize(("phase", "holds"), [(Phase.HALTED, True), (Phase.OPENING, False)])
def test_a_hold_waits_in_a_halt_only(phase: Phase, holds: bool) -> None:
    made = transition(holds=True)
    made.enter(phase)
    assert made.state.holds is holds


@pytest.mark.parametrize(
    ("interlock", "active", "overridden"),
    [
        (Interlock.NONE, (), False),
        (Interlock.FIRST, (), True),
        (Interlock.SECOND, (), True),
        (Interlock.FIRST, (InputName.INTERLOCK,), False),  # the other gate is shut
    ],
)
def test_an_opening_against_the_other_gate_of_a_mantrap_is_recorded(
    interlock: Interlock, active: tuple[InputName, ...], overridden: bool
) -> None:
    made = transition(replace(BOOM, interlock=interlock), active=active)
    made.opened(Cause.FIRE)
    assert recorded(made) == ["lane_opened", *(["lane_interlock_overridden"] if overridden else [])]


def after(made: Transition, seconds: float) -> Transition:
    return Transition(made.state, made.now + seconds)


def test_the_sixty_first_of_a_kind_in_a_minute_is_counted_and_not_recorded() -> None:
    made = transition()
    for _ in range(MOST_A_MINUTE + 5):
        made.record(LaneForced())
    assert len(recorded(made)) == MOST_A_MINUTE
    assert made.state.repeats[LaneEvent.FORCED].folded == 5


def test_what_somebody_did_is_always_recorded() -> None:
    made = transition()
    for _ in range(2 * MOST_A_MINUTE):
        made.record(OF_SOMEBODY)
    assert len(recorded(made)) == 2 * MOST_A_MINUTE
    assert made.state.repeats == {}


@pytest.mark.parametrize(("seconds", "count"), [(MINUTE - 0.1, 2), (MINUTE, 1)])
def test_a_minute_later_the_count_begins_anew(seconds: float, count: int) -> None:
    made = transition()
    made.record(LaneForced())
    later = after(made, seconds)
    later.record(LaneForced())
    assert later.state.repeats[LaneEvent.FORCED].count == count


@pytest.mark.parametrize(
    ("folded", "goes_on"), [(1, False), (MOST_A_MINUTE, False), (MOST_A_MINUTE + 1, True)]
)
def test_what_was_held_back_is_recorded_as_one_and_a_flood_goes_on_being_held_back(
    folded: int, goes_on: bool
) -> None:
    other = {LaneEvent.FAULT: Repeat(NOW)}
    made = transition(repeats=other | {LaneEvent.FORCED: Repeat(NOW - MINUTE, MOST_A_MINUTE, folded)})
    made.record_folded(LaneEvent.FORCED)
    assert bodies(made) == [LaneRepeated(LaneEvent.FORCED, folded)]
    assert made.state.repeats == other | ({LaneEvent.FORCED: Repeat(NOW, MOST_A_MINUTE)} if goes_on else {})


def test_impulses_follow_one_another_and_replace_the_ones_before() -> None:
    made = transition()
    made.impulse(OutputName.RELAY_STOP, OutputName.RELAY_OPEN)
    over = NOW + BOOM.pulse
    assert made.state.impulse == Impulse(OutputName.RELAY_STOP, over, (OutputName.RELAY_OPEN,))
    made.impulse(OutputName.RELAY_CLOSE)
    assert made.state.impulse == Impulse(OutputName.RELAY_CLOSE, over, ())
    made.impulse()
    assert made.state.impulse is None


def test_lines_go_off_before_others_go_on_and_before_anything_is_said() -> None:
    made = transition(driven=frozenset({OutputName.RELAY_OPEN, OutputName.RELAY_STOP}))
    made.record(LaneForced())
    made.prompt("gate_locked")
    made.impulse(OutputName.RELAY_CLOSE)
    found = effects(made)
    lines = [effect for effect in found if isinstance(effect, SetOutput)]
    assert found[: len(lines)] == tuple(lines)
    assert [line.active for line in lines] == sorted(line.active for line in lines)
    relays = {line.output: line.active for line in lines}
    assert relays[OutputName.RELAY_OPEN] is relays[OutputName.RELAY_STOP] is False
    assert relays[OutputName.RELAY_CLOSE] is True
    assert found[len(lines) :] == (Record(LaneForced()), Prompt("gate_locked"))


def test_a_line_that_is_driven_already_is_left_alone() -> None:
    made = transition()
    state, first = made.end()
    again, second = Transition(state, NOW).end()
    assert (again, second) == (state, ())
    assert {effect.output for effect in first if isinstance(effect, SetOutput)} == state.driven


def test_recent_times_are_later_than_the_limit() -> None:
    assert recent((1.0, 2.0, 3.0), 2.0) == (3.0,)
