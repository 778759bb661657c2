"""A lane under watch: every step of the machine is held against what a lane promises.

The watch knows the promises, not the machine: it keeps its own account of the lines, of who was let
through and of what was pressed, and says where the machine's effects do not fit it. The property test and
the million random steps (`make lane-steps`) share it.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec

from edge.boards.format import (
    RELAYS,
    Barrier,
    BarrierKind,
    BreakInEnds,
    Drive,
    InputName,
    Interlock,
    OutputName,
)
from edge.decision import Direction, Outcome
from edge.journal.format import (
    LaneEvent,
    LaneOpened,
    LaneOverride,
    LanePassed,
    LaneRepeated,
    is_shown_press,
)
from edge.lane.machine import (
    IN_THE_WAY,
    RESTING,
    AskPerson,
    Broke,
    Cause,
    Due,
    Effect,
    Grant,
    Hold,
    Lock,
    OnShift,
    Phase,
    Record,
    Release,
    Reset,
    Sensed,
    SetOutput,
    Show,
    Signal,
    Tick,
    TryLine,
    Unlock,
    deadlines,
    initial,
    light,
    step,
)

ENDS = frozenset({Phase.CLOSED, Phase.LOCKED, Phase.FAULT})
"""How an opening ends where nothing holds the lane open; HELD_TOO_LONG, where something does."""

STAYS = ENDS | {Phase.HELD_TOO_LONG, Phase.FORCED, Phase.FIRE}
FREES = frozenset({InputName.EXIT_REQUEST, InputName.OVERRIDE})
"""The buttons that let somebody out, or through by the staff, whatever any sensor says."""
_RECORDED = {
    (InputName.TAMPER, True): LaneEvent.TAMPER,
    (InputName.TAMPER, False): LaneEvent.TAMPER_ENDED,
    (InputName.POWER, True): LaneEvent.POWER_LOST,
    (InputName.POWER, False): LaneEvent.POWER_RESTORED,
    (InputName.EXIT_REQUEST, True): LaneEvent.EXIT_REQUESTED,
    (InputName.DURESS, True): LaneEvent.DURESS,
    (InputName.SHIFT_KEY, True): LaneEvent.SHIFT,
    (InputName.SHIFT_KEY, False): LaneEvent.SHIFT,
}
"""Inputs of which every change is an event."""


_SETTLES = frozenset({LaneEvent.PASSED, LaneEvent.NO_ENTRY, LaneEvent.UNCLEAR, LaneEvent.GRANT_REFUSED})
"""Events that say what became of a grant."""


class Broken(AssertionError):
    """A promise was broken."""


class WatchedLane:
    """A lane and the account kept of it."""

    def __init__(
        self, barrier: Barrier, wired: frozenset[InputName], active: frozenset[InputName] = frozenset()
    ) -> None:
        self.now = 1000.0
        self.lines: set[OutputName] = set()
        self.active: set[InputName] = set()
        self.granted: set[str] = set()
        self.leaving: set[str] = set()
        self.references = 0
        self.exits = 0
        self.expected: Counter[str] = Counter()
        self.recorded: Counter[str] = Counter()
        self.opened_at: float | None = None
        self.moving: OutputName | None = None
        self.moved_at = 0.0
        self.steps = 0
        self.lockdown = False
        self.must_release: tuple[float, float] | None = None
        self.clear_since: float | None = self.now
        self.impulses = 0
        self.alarm = False
        self.barrier, self.wired = barrier, wired
        self.state, effects = initial(barrier, wired, active, self.now)
        self.active = set(active)
        self.clear_since = None if active & IN_THE_WAY else self.now
        for line in active:
            self._expect(Sensed(line, True))
        self._check(Tick(), Phase.CLOSING, self.active, effects)

    # --- driving it ----------------------------------------------------------------------------

    def give(self, signal: Signal, after: float = 0.0) -> tuple[Effect, ...]:
        """One step of the machine, `after` seconds since the last."""
        self.now += after
        self.steps += 1
        if isinstance(signal, Grant):
            self.references += 1
            signal = msgspec.structs.replace(signal, reference=str(self.references))
            self.granted.add(signal.reference)
            if signal.direction is Direction.EXIT:
                self.leaving.add(signal.reference)
        active = set(self.active)
        self._account(signal)
        if isinstance(signal, Sensed) and signal.active is not (signal.line in self.active):
            (self.active.add if signal.active else self.active.discard)(signal.line)
            self._expect(signal)
        elif isinstance(signal, Sensed):
            signal = Tick()  # nothing new
        if isinstance(signal, OnShift):
            self.expected[LaneEvent.SHIFT] += 1
        before, self.lockdown = self.state.phase, self.state.lockdown
        self.state, effects = step(self.state, signal, self.now)
        self._check(signal, before, active, effects)
        return effects

    def _account(self, signal: Signal) -> None:
        """What this signal makes the lane owe, before it is known what the lane does."""
        new = isinstance(signal, Sensed) and signal.active is not (signal.line in self.active)
        if isinstance(signal, Sensed) and new and signal.line in IN_THE_WAY:
            others = self.active - {signal.line}
            clear = not signal.active and IN_THE_WAY.isdisjoint(others)
            self.clear_since = self.now if clear else None
        if isinstance(signal, Sensed) and new and signal.active and signal.line in FREES:
            self.impulses = 0
            waits = signal.line is InputName.EXIT_REQUEST and self.barrier.interlock is not Interlock.NONE
            bound = self.barrier.interlock_wait if waits else 0.0
            if not waits:
                self.must_release = (self.now, self.now + self.barrier.open_time)
            elif self.must_release is None:
                self.must_release = (self.now + bound, self.now + bound)
        elif isinstance(signal, Grant | Hold | Reset | Release):
            self.impulses = 0
        if isinstance(signal, Reset):
            self.alarm = False

    def sense(self, line: InputName, active: bool, after: float = 0.0) -> None:
        if line in self.wired:
            self.give(Sensed(line, active), after)

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        end = self.now + seconds
        while (due := min((time for _, time in deadlines(self.state)), default=end)) < end:
            self.give(Tick(), max(0.0, due - self.now))
        self.give(Tick(), end - self.now)

    def let_be(self) -> None:
        """Nobody does anything any more: the lane has to come to an end that it may stay in."""
        for _ in range(400):
            lasting = [time for what, time in deadlines(self.state) if what is not Due.RENEWAL]
            if not lasting:
                break
            self.give(Tick(), max(0.0, min(lasting) - self.now))
        held = self.state.phase is Phase.HELD_OPEN_BY_STAFF and self.state.until is None
        self._insist(held or self.state.phase in STAYS, f"it stays {self.state.phase}")

    def come_to_rest(self) -> None:
        """Everybody goes and every line clears: it ends shut or in a fault, and every event is there."""
        for line in sorted(self.active):
            self.sense(line, False, 0.05)
        self.wait(5.0)
        self.let_be()
        if self.state.phase is Phase.HELD_OPEN_BY_STAFF:
            self.give(Release("watch"))
        self.give(Reset("watch", "the end"))
        self.let_be()
        self.wait(5.0)
        self._insist(self.state.phase in ENDS, f"it ended {self.state.phase}")
        self._insist(not self.granted, f"nobody knows what became of {sorted(self.granted)}")
        self._insist(not self.lines & RELAYS, f"{self.lines & RELAYS} still on")
        for event, count in self.expected.items():
            self._insist(self.recorded[event] == count, f"{event}: {count} happened, {self.recorded}")

    # --- the promises --------------------------------------------------------------------------

    def _expect(self, signal: Sensed) -> None:
        event = _RECORDED.get((signal.line, signal.active))
        if event is not None:
            self.expected[event] += 1
        if signal.line in {InputName.OVERRIDE, InputName.DURESS} and signal.active:
            self.expected["presses"] += 1
        if signal.line is InputName.EXIT_REQUEST and signal.active:
            self.exits += 1

    def _check(
        self, signal: Signal, before: Phase, were: set[InputName], effects: tuple[Effect, ...]
    ) -> None:
        """`before` and `were`: the phase and the active lines before this step."""
        blocked = self.barrier.powered and not IN_THE_WAY.isdisjoint(self.active)
        self._count_impulses(effects)
        for effect in effects:
            if isinstance(effect, SetOutput):
                self._on_line(effect, before, blocked and not IN_THE_WAY.isdisjoint(were))
            elif isinstance(effect, Record):
                self._on_record(effect, signal, before, were, blocked)
        self._insist(self.lines == set(self.state.driven), "the lines are not what the state says")
        self._insist(len(self.lines & RELAYS) <= 1, f"two relays at once: {self.lines & RELAYS}")
        self._insist(
            not (blocked and OutputName.RELAY_CLOSE in self.lines), "it lowers onto what is in its way"
        )
        self._somebody_gets_out(effects)
        self._clear_means_clear(before, effects)
        self._alarms_last(effects)
        if InputName.FIRE in self.active:
            self._insist(self.state.phase is Phase.FIRE, f"fire, and it is {self.state.phase}")
            if self.barrier.drive is Drive.HOLD:
                self._insist(OutputName.RELAY_OPEN in self.lines, "fire, and it is not held open")
        seen_shut = InputName.DOOR_CONTACT in self.wired - self.active
        at_rest = self.state.phase in RESTING or (self.state.phase is Phase.FAULT and seen_shut)
        shut = at_rest and InputName.DOOR_CONTACT not in self.active
        self._insist(not (blocked and self.state.phase is Phase.CLOSING), "it closes, and somebody is there")
        self._insist(shut or OutputName.INTERLOCK not in self.lines, "it says shut and is not")
        if SetOutput(OutputName.RELAY_OPEN, True) in effects:
            records = [effect.event.kind for effect in effects if isinstance(effect, Record)]
            opened = LaneEvent.OPENED in records
            repeats = self.state.repeats.get(LaneEvent.OPENED)
            folded = repeats is not None and repeats.folded > 0
            held = self.barrier.drive is Drive.HOLD
            explained = opened or folded or (before not in RESTING and not held)
            self._insist(explained, "a relay opens, and no event says why")

    def _somebody_gets_out(self, effects: tuple[Effect, ...]) -> None:
        """Anyone who pressed has the line driven: a held one for all of `open_time`, else by an impulse."""
        if self.must_release is None:
            return
        since, until = self.must_release
        if self.barrier.drive is not Drive.HOLD:
            if SetOutput(OutputName.RELAY_OPEN, True) in effects or OutputName.RELAY_OPEN in self.lines:
                self.must_release = None
            elif self.state.phase is Phase.HALTED:
                self.must_release = None  # somebody stepped into the swing: another press opens over them
            else:
                stops = self.state.impulse is not None and OutputName.RELAY_OPEN in self.state.impulse.then
                self._insist(self.now < since or stops, "somebody pressed to get out, and no impulse came")
        elif (self.now >= until) if since < until else OutputName.RELAY_OPEN in self.lines:
            self.must_release = None
        elif self.now >= since and not self.barrier.powered:
            self._insist(OutputName.RELAY_OPEN in self.lines, "somebody pressed to get out, and it holds")
        elif self.now >= since:
            self.must_release = None
            self._insist(OutputName.RELAY_OPEN in self.lines, "somebody pressed to get out, and it stays")

    def _clear_means_clear(self, before: Phase, effects: tuple[Effect, ...]) -> None:
        """A powered barrier begins to close only where nothing has been in its way for `clear_time`."""
        if not self.barrier.powered or not self.steps:
            return
        falls = SetOutput(OutputName.RELAY_CLOSE, True) in effects
        if self.barrier.drive is Drive.HOLD and InputName.DOOR_CONTACT not in self.wired - self.active:
            falls = falls or SetOutput(OutputName.RELAY_OPEN, False) in effects
        clear_for = -1.0 if self.clear_since is None else self.now - self.clear_since
        self._insist(
            not falls or clear_for >= self.barrier.clear_time - 1e-6,
            f"it begins to close from {before}, and its way was clear for {clear_for:.3f} s",
        )

    def _count_impulses(self, effects: tuple[Effect, ...]) -> None:
        if self.barrier.drive is not Drive.PULSE or self.state.phase in {
            Phase.HELD_OPEN_BY_STAFF,
            Phase.FIRE,
        }:
            self.impulses = 0
        elif SetOutput(OutputName.RELAY_OPEN, True) in effects:
            self.impulses += 1
            self._insist(self.impulses <= 40, f"{self.impulses} impulses, and nobody asked for one")

    def _alarms_last(self, effects: tuple[Effect, ...]) -> None:
        """A break-in alarm is there until a person, or the board's rule, ends it; a lockdown ends holds."""
        for effect in effects:
            if isinstance(effect, Record) and effect.event.kind is LaneEvent.FORCED:
                self.alarm = True
            elif isinstance(effect, Record) and effect.event.kind is LaneEvent.RESET:
                self.alarm = False
        self._insist((self.state.break_in is not None) is self.alarm, f"the alarm is not {self.alarm}")
        held = self.state.phase is Phase.HELD_OPEN_BY_STAFF
        self._insist(not (held and self.state.lockdown), "locked down, and held open")
        failed = self.state.fire is not None and self.state.fire.failed
        green = light(self.state, self.now).lamps == (OutputName.LAMP_GREEN,)
        self._insist(not (failed and green), "it stays shut in a fire, and shows green")

    def _on_line(self, effect: SetOutput, before: Phase, blocked: bool) -> None:
        self._insist((effect.output in self.lines) is not effect.active, f"{effect} changes nothing")
        (self.lines.add if effect.active else self.lines.discard)(effect.output)
        self._on_motor(effect)
        if effect.output is not OutputName.RELAY_OPEN:
            return
        if effect.active:
            self.opened_at = self.now
            return
        if self.barrier.drive is Drive.HOLD:
            self._insist(not blocked, f"it was let go onto what is in its way, from {before}")
        elif self.opened_at is not None and OutputName.RELAY_STOP not in self.state.driven:
            lasted = self.now - self.opened_at
            self._insist(lasted >= self.barrier.pulse - 1e-6, f"an impulse of {lasted} s")

    def _on_motor(self, effect: SetOutput) -> None:
        """What is on its way is halted before it is turned round, where there is a relay for that."""
        if self.barrier.drive is not Drive.UP_STOP_DOWN or not effect.active or effect.output not in RELAYS:
            return
        turned = {self.moving, effect.output} == {OutputName.RELAY_OPEN, OutputName.RELAY_CLOSE}
        on_its_way = self.now < self.moved_at + self.barrier.travel
        self._insist(not (turned and on_its_way), f"{effect.output} {self.now - self.moved_at:.3f} s after")
        self.moving, self.moved_at = effect.output, self.now

    def _on_record(
        self, record: Record, signal: Signal, before: Phase, were: set[InputName], blocked: bool
    ) -> None:
        event = record.event
        if isinstance(event, LaneRepeated):
            self.recorded[event.of] += event.times
            return
        self.recorded[event.kind] += 1
        if is_shown_press(event):
            self.recorded["presses"] += event.presses if isinstance(event, LaneOverride) else 1
        if isinstance(event, LaneOpened):
            late = InputName.DOOR_CONTACT in were
            cause, reference = Cause(event.cause), event.reference
            explained = {
                Cause.GRANT: reference in (self.leaving if self.lockdown else self.granted),
                Cause.EXIT_REQUEST: self.exits > 0,
                Cause.STAFF: isinstance(signal, Hold),
                Cause.OBSTACLE: blocked and (before not in RESTING or isinstance(signal, Sensed)),
                Cause.OVERRIDE: InputName.OVERRIDE in self.active | were or late,
                Cause.DURESS: InputName.DURESS in self.active - were or late or not self.steps,
                Cause.FIRE: InputName.FIRE in self.active - were or not self.steps,
            }
            goes_on = before is Phase.HALTED  # what it was let go for before
            self._insist(explained[cause] or goes_on, f"it opened by {event} at {signal}")
        if event.kind in _SETTLES:
            reference = getattr(event, "reference", "")
            if reference:
                self._insist(reference in self.granted, f"{reference} was told of twice: {record}")
                self.granted.discard(reference)
        if isinstance(event, LanePassed):
            sees = {InputName.BEAM_OUTER, InputName.BEAM_INNER} <= self.wired
            self._insist(sees or event.counted == "estimated", "counted without beams")

    def _insist(self, kept: bool, what: str) -> None:
        if not kept:
            raise Broken(f"{what} (phase {self.state.phase}, step {self.steps}, {self.barrier})")


# --- random lanes and signals, without Hypothesis: for very many steps ---------------------------

_ALL = frozenset(InputName)
_NEEDED = frozenset({InputName.OVERRIDE})
_DRIVES = {
    BarrierKind.MAGNETIC_LOCK: (Drive.HOLD,),
    BarrierKind.STRIKE: (Drive.HOLD, Drive.PULSE),
    BarrierKind.BOOM: tuple(Drive),
    BarrierKind.SWING: tuple(Drive),
    BarrierKind.FLAP: (Drive.HOLD, Drive.PULSE),
}


def random_lane(random: Random) -> WatchedLane:
    """Any kind of barrier, any drive that it can have, any lines wired, some of them active at start."""
    kind = random.choice(tuple(BarrierKind))
    wired = _NEEDED | {line for line in sorted(_ALL) if random.random() < 0.8}
    interlock = random.choice(tuple(Interlock)) if InputName.INTERLOCK in wired else Interlock.NONE
    barrier = Barrier(
        kind,
        random.choice(_DRIVES[kind]),
        interlock=interlock,
        fire_reset=random.random() < 0.3,
        break_in_ends=random.choice(tuple(BreakInEnds)),
    )
    active = frozenset(line for line in sorted(wired) if random.random() < 0.1)
    return WatchedLane(barrier, wired, active)


def random_signal(random: Random, wired: tuple[InputName, ...]) -> Signal:
    drawn = random.random()
    if drawn < 0.6:
        return Sensed(random.choice(wired), random.random() < 0.5)
    if drawn < 0.75:
        direction = random.choice((*Direction, None))
        return Grant("", direction, Cause.GRANT)
    return _RARE[int(random.random() * len(_RARE))]


_RARE: tuple[Signal, ...] = (
    Show(Outcome.DENY, "x"),
    Show(Outcome.REFER, "x"),
    AskPerson("x"),
    OnShift("li"),
    OnShift(""),
    Hold("li"),
    Hold("li", 20.0),
    Release("li"),
    Reset("li", "looked"),
    Lock("li"),
    Unlock("li"),
    Broke("buzzer"),
    *(TryLine(output) for output in OutputName),
    Tick(),
    Tick(),
    Tick(),
)


def random_pause(random: Random, lane: WatchedLane) -> float:
    """Mostly short, sometimes long, sometimes to the very moment at which something is due."""
    drawn = random.random()
    if drawn < 0.3:
        due = min((time for _, time in deadlines(lane.state)), default=lane.now)
        return max(0.0, due - lane.now)
    if drawn < 0.9:
        return random.random() ** 3 * 3.0
    return random.random() * 100.0


def chatter(random: Random, lane: WatchedLane) -> None:
    """A loose contact, or a child at a button: one line on and off, faster than anybody means it."""
    line = random.choice(sorted(lane.wired))
    for _ in range(random.randrange(5, 90)):
        lane.sense(line, True, random.random() * 0.4)
        lane.sense(line, False, random.random() * 0.4)


def walk_randomly(random: Random, steps: int) -> int:
    """One random lane for about so many steps; how many there were. Raises Broken."""
    lane = random_lane(random)
    wired = tuple(sorted(lane.wired))
    while lane.steps < steps:
        lane.give(random_signal(random, wired), random_pause(random, lane))
        drawn = random.random()
        if drawn < 0.01:
            lane.let_be()
        elif drawn < 0.012:
            chatter(random, lane)
    lane.come_to_rest()
    return lane.steps
