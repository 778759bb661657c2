"""The lane's state machine: `step(state, signal, now)` gives the next state and what is to be done.

PURE. `now` is the monotonic clock in seconds, so a step of the wall clock changes nothing. The relays,
lamps and buzzer are a function of the state (`edge.barrier.appearance`), and `step` returns only the
lines that change: no sequence of signals can leave a relay on that the state does not want on.

Two families of barrier share the machine. A *lock* (magnetic lock, strike) is released, the person moves
the door, and the door's contact tells when; it secures itself again as soon as the door stands open. A
*powered* barrier (boom, swing, flap) moves itself, so it never closes while an obstacle sensor or a beam
says that something is in its way.

What opens it is one of `Cause`, and the record of every opening names it. Fire outranks everything; the
override button and an exit request outrank a lockdown: safety outranks security.
"""

from __future__ import annotations

import msgspec

from edge.barrier.appearance import next_change, outputs
from edge.barrier.board import InputName, OutputName
from edge.barrier.kinds import Barrier, Drive
from edge.barrier.passage import Beams, Crossing, observe
from edge.barrier.signals import (
    Ask,
    Broke,
    Cause,
    Effect,
    Grant,
    Hold,
    LaneEvent,
    Lock,
    OnShift,
    Prompt,
    Record,
    Release,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Unlock,
)
from edge.barrier.state import RESTING, STANDS_OPEN, Button, Credit, Impulse, LaneState, Notice, Phase
from edge.decision.evidence import Direction
from edge.decision.policy import Outcome

NOTICE_TIME = 2.0
"""Seconds that a refusal is shown."""

MOST_WAITING = 8
"""Persons granted and not yet passed; a ninth is refused and has to ask again."""

ABUSE_PRESSES = 6
ABUSE_WINDOW = 60.0
"""So many presses of the override button in so many seconds are an alarm."""

WRONG_ATTEMPTS = 5
ATTEMPTS_WINDOW = 60.0
"""GB 50396: five wrong attempts are an alarm; they are counted within this time, and until a grant."""

_MAY_STICK = frozenset(
    {
        InputName.OVERRIDE,
        InputName.EXIT_REQUEST,
        InputName.BEAM_OUTER,
        InputName.BEAM_INNER,
        InputName.OBSTACLE,
    }
)
_ANNOUNCED = {
    InputName.TAMPER: (LaneEvent.TAMPER_ENDED, LaneEvent.TAMPER),
    InputName.POWER: (LaneEvent.POWER_RESTORED, LaneEvent.POWER_LOST),
}
_BUTTONS = frozenset({InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST})
_BEAMS = frozenset({InputName.BEAM_OUTER, InputName.BEAM_INNER})
_ORDER = {output: place for place, output in enumerate(OutputName)}


def initial(
    barrier: Barrier, wired: frozenset[InputName], active: frozenset[InputName], now: float
) -> tuple[LaneState, tuple[Effect, ...]]:
    """The lane at start, with the input lines that are `active` as they are first read.

    A start opens nothing by itself. A barrier found open is not forced: the process may have died with it
    open; it is given its time to close. A button held down during the start counts as pressed now.
    """
    turn = _Turn(LaneState(barrier, wired, since=now), now)
    if InputName.DOOR_CONTACT in active:
        turn.become(active={InputName.DOOR_CONTACT: now})
        turn.record(LaneEvent.FOUND_OPEN)
        if barrier.powered:
            _close_or_wait(turn)
        else:
            turn.enter(Phase.OPEN, barrier.held_time)
    state, effects = turn.end()
    for line in InputName:
        if line in active and line is not InputName.DOOR_CONTACT:
            state, more = step(state, Sensed(line, True), now)
            effects += more
    return state, effects


def step(state: LaneState, signal: Signal, now: float) -> tuple[LaneState, tuple[Effect, ...]]:
    """The state after `signal` at `now`, and what to do, in order: lines (off before on), then the rest."""
    turn = _Turn(state, now)
    _expire(turn)
    _take(turn, signal)
    return turn.end()


def next_deadline(state: LaneState, now: float) -> float | None:
    """When the lane has to be stepped even if no signal comes (a `Tick` at or after it); None: never."""
    times = [time for _, time in _deadlines(state)]
    change = next_change(state, now)
    if change is not None:
        times.append(change)
    return min(times, default=None)


class _Turn:
    """One step in the making: the state so far, and what is to be done."""

    def __init__(self, state: LaneState, now: float) -> None:
        self.state = state
        self.now = now
        self._driven = state.driven
        self._effects: list[Effect] = []

    def become(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)

    def enter(self, phase: Phase, lasting: float | None = None) -> None:
        until = None if lasting is None else self.now + lasting
        self.become(phase=phase, since=self.now, until=until, clear_at=None)

    def record(self, event: LaneEvent, **details: str) -> None:
        self._effects.append(Record(event, details))

    def prompt(self, reason: str) -> None:
        self._effects.append(Prompt(reason))

    def impulse(self, relay: OutputName) -> None:
        """Start an impulse, and end the others: the relays of one motor are never on together."""
        self.become(impulses=(Impulse(relay, self.now + self.state.barrier.pulse),))

    def end(self) -> tuple[LaneState, tuple[Effect, ...]]:
        state = self.state
        kept = tuple(impulse for impulse in state.impulses if self.now < impulse.until)
        wanted = outputs(state, self.now)
        if wanted != self._driven or kept != state.impulses:
            state = msgspec.structs.replace(state, driven=wanted, impulses=kept)
        lines = tuple(
            SetOutput(output, output in wanted)
            for output in sorted(wanted ^ self._driven, key=lambda line: (line in wanted, _ORDER[line]))
        )
        return state, (*lines, *self._effects)


# --- signals -----------------------------------------------------------------------------------


def _take(turn: _Turn, signal: Signal) -> None:  # noqa: C901, PLR0912 - one case per signal
    match signal:
        case Sensed():
            _on_sensed(turn, signal)
        case Grant():
            _on_grant(turn, signal)
        case Show():
            _on_show(turn, signal)
        case Ask(reason=reason):
            turn.prompt(reason)
        case OnShift(who=who):
            turn.become(shift=who)
        case Hold():
            _on_hold(turn, signal)
        case Release(by=by):
            if turn.state.phase is Phase.PROPPED:
                _end_prop(turn, by)
        case Lock(by=by):
            turn.record(LaneEvent.LOCKED, by=by)
            turn.become(lockdown=True, phase=_rest_instead(turn.state.phase, Phase.CLOSED, Phase.LOCKED))
        case Unlock(by=by):
            turn.record(LaneEvent.UNLOCKED, by=by)
            turn.become(lockdown=False, phase=_rest_instead(turn.state.phase, Phase.LOCKED, Phase.CLOSED))
        case Broke(what=what):
            turn.record(LaneEvent.FAULT, what=what)
            if turn.state.phase in RESTING:
                turn.enter(Phase.FAULT)
        case _:
            pass  # a Tick: deadlines were met before the signal was taken


def _rest_instead(phase: Phase, old: Phase, new: Phase) -> Phase:
    return new if phase is old else phase


def _on_grant(turn: _Turn, grant: Grant) -> None:
    state = turn.state
    turn.become(denials=())
    if state.lockdown and grant.cause is Cause.GRANT:
        turn.record(LaneEvent.GRANT_REFUSED, reference=grant.reference, why="locked")
        turn.prompt("gate_locked")
    elif len(state.credits) >= MOST_WAITING:
        turn.record(LaneEvent.GRANT_REFUSED, reference=grant.reference, why="too_many_waiting")
    else:
        turn.become(notice=None)
        _let_through(turn, Credit(grant.reference, grant.cause, grant.direction))


def _on_show(turn: _Turn, show: Show) -> None:
    turn.become(notice=Notice(show.outcome, turn.now, turn.now + NOTICE_TIME))
    turn.prompt(show.reason)
    if show.outcome is not Outcome.DENY:
        return
    recent = (*_recent(turn.state.denials, turn.now - ATTEMPTS_WINDOW), turn.now)
    if len(recent) >= WRONG_ATTEMPTS:
        turn.record(LaneEvent.WRONG_ATTEMPTS, count=str(len(recent)))
        recent = ()
    turn.become(denials=recent)


def _on_hold(turn: _Turn, hold: Hold) -> None:
    if turn.state.phase is Phase.FIRE:
        turn.record(LaneEvent.PROPPED, by=hold.by, refused="fire")
        return
    _prop(turn, Cause.STAFF, hold.by, hold.seconds)


def _on_sensed(turn: _Turn, sensed: Sensed) -> None:
    line, active = sensed.line, turn.state.active
    if sensed.active is (line in active):
        return  # nothing new: a line is read again now and then
    if sensed.active:
        turn.become(active=active | {line: turn.now})
    else:
        turn.become(active={name: since for name, since in active.items() if name is not line})
        if line in turn.state.stuck:
            turn.become(stuck=turn.state.stuck - {line})
            turn.record(LaneEvent.SENSOR_CLEARED, sensor=line.value)
    if line in _ANNOUNCED:
        turn.record(_ANNOUNCED[line][sensed.active])
    elif line is InputName.DOOR_CONTACT:
        _on_contact(turn, sensed.active)
    elif line is InputName.FIRE:
        _on_fire(turn, sensed.active)
    elif line in _BUTTONS:
        _on_button(turn, line, sensed.active)
    else:
        _on_beams(turn)
        _on_way(turn)


# --- the buttons -------------------------------------------------------------------------------


def _on_button(turn: _Turn, line: InputName, pressed: bool) -> None:
    if line is InputName.OVERRIDE:
        _on_override(turn, pressed)
    elif pressed and line is InputName.EXIT_REQUEST:
        turn.record(LaneEvent.EXIT_REQUESTED)
        _let_through(turn, Credit("", Cause.EXIT_REQUEST, Direction.EXIT))
    elif pressed:
        # Opens like the override; nothing that can be seen or heard at the gate tells the two apart.
        turn.record(LaneEvent.DURESS, shift=turn.state.shift)
        _let_through(turn, Credit("", Cause.DURESS, None))


def _on_override(turn: _Turn, pressed: bool) -> None:
    button, now = turn.state.button, turn.now
    if not pressed:
        turn.become(button=msgspec.structs.replace(button, down=None, held=False))
        return
    presses = (*_recent(button.presses, now - ABUSE_WINDOW), now)
    if button.abused is not None:
        turn.become(button=msgspec.structs.replace(button, down=now, held=False, folded=button.folded + 1))
    elif len(presses) >= ABUSE_PRESSES:
        turn.record(LaneEvent.OVERRIDE_ABUSE, presses=str(len(presses)), shift=turn.state.shift)
        turn.become(button=Button(down=now, abused=now + ABUSE_WINDOW))
    else:
        turn.record(LaneEvent.OVERRIDE, shift=turn.state.shift)
        turn.become(button=msgspec.structs.replace(button, down=now, held=False, presses=presses))
    if turn.state.phase is Phase.PROPPED and turn.state.cause is Cause.OVERRIDE:
        _end_prop(turn, "override")  # the press that ends the hold lets the next person through as well
    _let_through(turn, Credit("", Cause.OVERRIDE, None))


def _end_abuse(turn: _Turn) -> None:
    button = turn.state.button
    if button.folded:
        turn.record(LaneEvent.OVERRIDE, presses=str(button.folded), shift=turn.state.shift)
    turn.become(button=msgspec.structs.replace(button, abused=None, folded=0, presses=()))


def _long_press(turn: _Turn) -> None:
    turn.become(button=msgspec.structs.replace(turn.state.button, held=True))
    if turn.state.phase is not Phase.FIRE:
        _prop(turn, Cause.OVERRIDE, turn.state.shift or "override", turn.state.barrier.hold_time)


# --- opening -----------------------------------------------------------------------------------


def _let_through(turn: _Turn, credit: Credit) -> None:
    """Note that one person may pass, and open for them."""
    if len(turn.state.credits) < MOST_WAITING:
        turn.become(credits=(*turn.state.credits, credit))
    _open(turn, credit.cause, credit.reference)


def _open(turn: _Turn, cause: Cause, reference: str = "") -> None:
    state = turn.state
    barrier = state.barrier
    if state.phase in STANDS_OPEN:
        waits = Phase.OPEN if barrier.powered else Phase.OPENING
        if state.phase is waits:
            turn.become(until=turn.now + barrier.open_time)
        elif state.phase is Phase.OBSTRUCTED:
            turn.enter(Phase.OPEN, barrier.open_time)
        return
    details = {"cause": cause.value} | ({"reference": reference} if reference else {})
    turn.record(LaneEvent.OPENED, **details)
    turn.become(cause=cause, moved=state.door_open)
    if not barrier.powered and state.door_open:
        turn.enter(Phase.OPEN, barrier.held_time)
        return
    turn.enter(Phase.OPENING, barrier.travel if barrier.powered else barrier.open_time)
    _drive_open(turn)


def _drive_open(turn: _Turn) -> None:
    if turn.state.barrier.drive is not Drive.HOLD:
        turn.impulse(OutputName.RELAY_OPEN)


def _prop(turn: _Turn, cause: Cause, by: str, seconds: float | None) -> None:
    if turn.state.phase not in STANDS_OPEN:
        _open(turn, cause)
    details = {"by": by} | ({} if seconds is None else {"seconds": f"{seconds:g}"})
    turn.record(LaneEvent.PROPPED, **details)
    turn.become(cause=cause)
    turn.enter(Phase.PROPPED, seconds)


def _end_prop(turn: _Turn, by: str) -> None:
    turn.record(LaneEvent.PROP_ENDED, by=by)
    _stop_standing_open(turn)


def _on_fire(turn: _Turn, burning: bool) -> None:
    if not burning:
        turn.record(LaneEvent.FIRE_ENDED)
        _stop_standing_open(turn)
        return
    turn.record(LaneEvent.FIRE)
    turn.record(LaneEvent.OPENED, cause=Cause.FIRE.value)
    turn.become(cause=Cause.FIRE, notice=None)
    turn.enter(Phase.FIRE, _renewal(turn.state.barrier))
    _drive_open(turn)


def _renewal(barrier: Barrier) -> float | None:
    """A barrier that closes by itself needs its impulse again and again to stay open."""
    return barrier.open_time if barrier.drive is Drive.PULSE else None


def _stop_standing_open(turn: _Turn) -> None:
    """A hold or a fire is over: go on as after an ordinary opening."""
    state = turn.state
    if state.barrier.powered:
        turn.enter(Phase.OPEN, state.barrier.open_time)
    elif state.door_open:
        turn.enter(Phase.OPEN, state.barrier.held_time)
    else:
        _rest(turn)


# --- closing -----------------------------------------------------------------------------------


def _close_or_wait(turn: _Turn) -> None:
    """Close a powered barrier; wait where something is in its way."""
    state = turn.state
    if state.blocked:
        if state.phase is not Phase.OBSTRUCTED:
            turn.record(LaneEvent.OBSTRUCTED, by=_what_blocks(state))
            turn.prompt("lane_clear_the_way")
        turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
        return
    turn.enter(Phase.CLOSING, state.barrier.travel)
    if state.barrier.drive is Drive.UP_STOP_DOWN:
        turn.impulse(OutputName.RELAY_CLOSE)


def _on_way(turn: _Turn) -> None:
    """Something came into, or left, the way of a powered barrier."""
    state = turn.state
    if state.blocked:
        turn.become(clear_at=None)
        if state.phase is Phase.CLOSING:
            turn.record(LaneEvent.OBSTRUCTED, by=_what_blocks(state))
            turn.record(LaneEvent.OPENED, cause=Cause.OBSTACLE.value)
            turn.enter(Phase.OBSTRUCTED, state.barrier.held_time)
            _drive_open(turn)
    elif state.barrier.powered and state.phase in {Phase.OBSTRUCTED, Phase.HELD_OPEN}:
        turn.become(clear_at=turn.now + state.barrier.clear_time)


def _what_blocks(state: LaneState) -> str:
    lines = (InputName.OBSTACLE, InputName.BEAM_OUTER, InputName.BEAM_INNER)
    return " ".join(line.value for line in lines if line in state.active)


def _on_contact(turn: _Turn, opened: bool) -> None:
    state = turn.state
    if opened:
        turn.become(moved=True)
        if state.phase in RESTING or state.phase is Phase.FAULT:
            turn.record(LaneEvent.FORCED)
            turn.enter(Phase.FORCED)
        elif state.phase is Phase.OPENING and not state.barrier.powered:
            turn.enter(Phase.OPEN, state.barrier.held_time)
    elif state.phase in {Phase.FORCED, Phase.FAULT} or (
        not state.barrier.powered and state.phase in {Phase.OPEN, Phase.HELD_OPEN}
    ):
        _rest(turn)


def _rest(turn: _Turn) -> None:
    """The barrier is closed: settle what became of those who were let through."""
    state = turn.state
    for credit in state.credits:
        if state.counts or (state.has_contact and not state.moved):
            turn.record(LaneEvent.NO_ENTRY, **_who(credit))
        else:
            way = {} if credit.direction is None else {"direction": credit.direction.value}
            turn.record(LaneEvent.PASSED, counted="estimated", **way, **_who(credit))
    turn.record(LaneEvent.CLOSED)
    turn.become(credits=(), passed=frozenset(), moved=False, cause=None)
    turn.enter(Phase.LOCKED if state.lockdown else Phase.CLOSED)


def _who(credit: Credit) -> dict[str, str]:
    return {"cause": credit.cause.value} | ({"reference": credit.reference} if credit.reference else {})


# --- the beams ---------------------------------------------------------------------------------


def _on_beams(turn: _Turn) -> None:
    state = turn.state
    if not state.counts or not state.stuck.isdisjoint(_BEAMS):
        return  # one beam, or a stuck one, tells no direction; it still keeps the barrier from closing
    beams, crossing = observe(
        state.beams, InputName.BEAM_OUTER in state.active, InputName.BEAM_INNER in state.active
    )
    turn.become(beams=beams)
    if crossing is not None:
        _on_crossing(turn, crossing)


def _on_crossing(turn: _Turn, crossing: Crossing) -> None:
    state = turn.state
    way = {
        "direction": crossing.direction.value,
        "counted": "counted" if crossing.certain else "estimated",
    }
    if not crossing.passed:
        turn.record(LaneEvent.CRAWL_BACK, **way)
        return
    credit = _credit_for(state, crossing.direction)
    if credit is not None:
        turn.record(LaneEvent.PASSED, **way, **_who(credit))
        rest = tuple(other for other in state.credits if other is not credit)
        turn.become(credits=rest)
        if not rest and state.phase is Phase.OPEN and state.barrier.powered:
            turn.become(until=turn.now + state.barrier.clear_time)
    elif state.phase in {Phase.PROPPED, Phase.FIRE}:
        turn.record(LaneEvent.PASSED, **way, cause=state.phase.value)
    else:
        turn.record(_unasked(state, crossing.direction), **way)
        turn.prompt("lane_one_at_a_time")
    turn.become(passed=turn.state.passed | {crossing.direction})


def _credit_for(state: LaneState, direction: Direction) -> Credit | None:
    """The credit that this passage uses up: one of its own direction before one of either."""
    own = (credit for credit in state.credits if credit.direction is direction)
    either = (credit for credit in state.credits if credit.direction is None)
    return next(own, None) or next(either, None)


def _unasked(state: LaneState, direction: Direction) -> LaneEvent:
    """What it is called when somebody passes for whom nothing was opened."""
    if direction in state.passed:
        return LaneEvent.TAILGATING
    if state.phase in STANDS_OPEN or state.phase is Phase.CLOSING:
        return LaneEvent.WRONG_DIRECTION
    return LaneEvent.INTRUSION


# --- time --------------------------------------------------------------------------------------


def _deadlines(state: LaneState) -> list[tuple[str, float]]:
    """What is due when. The names are those of `_expire`."""
    due: list[tuple[str, float]] = []
    if state.until is not None:
        due.append(("phase", state.until))
    if state.clear_at is not None:
        due.append(("clear", state.clear_at))
    button = state.button
    if button.down is not None and not button.held:
        due.append(("long press", button.down + state.barrier.long_press))
    if button.abused is not None:
        due.append(("abuse", button.abused))
    due.extend(
        (line.value, since + state.barrier.stuck_time)
        for line, since in state.active.items()
        if line in _MAY_STICK and line not in state.stuck
    )
    return due


def _expire(turn: _Turn) -> None:
    """Meet the deadlines that have come, each once and the earliest first.

    What follows from one is timed from `now`, not from when it was due: an impulse keeps its length even
    where the process was held up.
    """
    due = sorted((time, what) for what, time in _deadlines(turn.state) if time <= turn.now)
    for time, what in due:
        if (what, time) not in _deadlines(turn.state):
            continue  # an earlier one did away with it
        if what == "phase":
            _phase_over(turn)
        elif what == "clear":
            _close_or_wait(turn)
        elif what == "long press":
            _long_press(turn)
        elif what == "abuse":
            _end_abuse(turn)
        else:
            turn.become(stuck=turn.state.stuck | {InputName(what)}, beams=Beams())
            turn.record(LaneEvent.SENSOR_FAULT, sensor=what, why="stuck")


def _phase_over(turn: _Turn) -> None:
    state = turn.state
    barrier = state.barrier
    match state.phase:
        case Phase.OPENING if not barrier.powered:
            _rest(turn)
        case Phase.OPENING if state.has_contact and not state.door_open:
            _fault(turn, "did not open")
        case Phase.OPENING:
            turn.enter(Phase.OPEN, barrier.open_time)
        case Phase.OPEN if barrier.powered:
            _close_or_wait(turn)
        case Phase.OPEN | Phase.OBSTRUCTED:
            turn.record(LaneEvent.HELD_OPEN, blocked=_what_blocks(state))
            clear_at = state.clear_at
            turn.enter(Phase.HELD_OPEN)
            turn.become(clear_at=clear_at)
        case Phase.CLOSING if state.door_open:
            _fault(turn, "did not close")
        case Phase.CLOSING:
            _rest(turn)
        case Phase.PROPPED:
            _end_prop(turn, "time")
        case Phase.FIRE:
            turn.enter(Phase.FIRE, _renewal(barrier))
            _drive_open(turn)
        case _:
            turn.become(until=None)


def _fault(turn: _Turn, what: str) -> None:
    """The barrier did not do what it was told. With somebody in its way it is left open until they go."""
    turn.record(LaneEvent.FAULT, what=what)
    turn.prompt("lane_out_of_order")
    for credit in turn.state.credits:
        turn.record(LaneEvent.NO_ENTRY, **_who(credit))
    turn.become(credits=(), cause=None)
    if turn.state.blocked:
        turn.enter(Phase.OBSTRUCTED, turn.state.barrier.held_time)
    else:
        turn.enter(Phase.FAULT)


def _recent(times: tuple[float, ...], since: float) -> tuple[float, ...]:
    return tuple(time for time in times if time > since)
