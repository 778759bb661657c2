"""One step of the lane while it is being made: the state so far, and the effects."""

from __future__ import annotations

import msgspec

from edge.boards.format import InputName, Interlock, OutputName
from edge.journal.format import LaneEvent, LaneInterlockOverridden, LaneOpened, LaneRecord, LaneRepeated
from edge.lane.machine.appearance import outputs
from edge.lane.machine.signals import Cause, Effect, Prompt, Record, SetOutput
from edge.lane.machine.state import Impulse, LaneState, Phase, Repeat

MOST_A_MINUTE = 60
"""Records of one kind in a minute, at most; more (a chattering contact) are counted and recorded as one."""

MINUTE = 60.0

_ORDER = {output: place for place, output in enumerate(OutputName)}
_NEVER_FOLDED = frozenset(
    {
        LaneEvent.PASSED,
        LaneEvent.NO_ENTRY,
        LaneEvent.TAILGATING,
        LaneEvent.WRONG_DIRECTION,
        LaneEvent.INTRUSION,
        LaneEvent.GRANT_REFUSED,
        LaneEvent.OVERRIDE,
        LaneEvent.OVERRIDE_ABUSE,
        LaneEvent.DURESS,
        LaneEvent.WRONG_ATTEMPTS,
        LaneEvent.LOCKED,
        LaneEvent.UNLOCKED,
        LaneEvent.RESET,
    }
)


class Transition:
    """One step while it is being made; functions change `state` and add effects."""

    def __init__(self, state: LaneState, now: float) -> None:
        self.state = state
        self.now = now
        self._driven = state.driven
        self._effects: list[Effect] = []

    def become(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)

    def enter(self, phase: Phase, lasting: float | None = None) -> None:
        until = None if lasting is None else self.now + lasting
        self.become(holds=self.state.holds and phase is Phase.HALTED)
        self.become(phase=phase, since=self.now, until=until, clear_at=None, stand_by=None)

    def opened(self, cause: Cause, reference: str = "") -> None:
        """Record that it opens, or is released, and the cause."""
        self.record(LaneOpened(cause, reference))
        state = self.state
        if state.barrier.interlock is not Interlock.NONE and InputName.INTERLOCK not in state.active:
            self.record(LaneInterlockOverridden(cause))

    def record(self, event: LaneRecord) -> None:
        of_somebody = bool(getattr(event, "reference", ""))
        if event.kind in _NEVER_FOLDED or of_somebody or self._counts(event.kind):
            self._effects.append(Record(event))

    def record_folded(self, event: LaneEvent) -> None:
        """Record how many events of a kind were held back in the last minute; go on counting if there were
        too many.
        """
        repeats = self.state.repeats
        folded = repeats[event].folded
        self._effects.append(Record(LaneRepeated(event, folded)))
        others = {kind: repeat for kind, repeat in repeats.items() if kind is not event}
        still = {event: Repeat(self.now, MOST_A_MINUTE)} if folded > MOST_A_MINUTE else {}
        self.become(repeats=others | still)

    def _counts(self, event: LaneEvent) -> bool:
        """Count an event; returns whether to record it singly."""
        repeat = self.state.repeats.get(event)
        if repeat is None or (self.now >= repeat.since + MINUTE and not repeat.folded):
            counted = Repeat(self.now)
        elif repeat.count < MOST_A_MINUTE:
            counted = msgspec.structs.replace(repeat, count=repeat.count + 1)
        else:
            counted = msgspec.structs.replace(repeat, folded=repeat.folded + 1)
        self.become(repeats=self.state.repeats | {event: counted})
        return not counted.folded

    def prompt(self, reason: str) -> None:
        self._effects.append(Prompt(reason))

    def impulse(self, *relays: OutputName) -> None:
        """Replace the running impulses by these, one after another: a motor's relays are never on together.

        Each is timed from its own beginning: a process that was held up cuts none short.
        """
        over = self.now + self.state.barrier.pulse
        self.become(impulse=Impulse(relays[0], over, relays[1:]) if relays else None)

    def end(self) -> tuple[LaneState, tuple[Effect, ...]]:
        state = self.state
        wanted = outputs(state, self.now)
        if wanted != self._driven:
            state = msgspec.structs.replace(state, driven=wanted)
        lines = tuple(
            SetOutput(output, output in wanted)
            for output in sorted(wanted ^ self._driven, key=lambda line: (line in wanted, _ORDER[line]))
        )
        return state, (*lines, *self._effects)


def recent(times: tuple[float, ...], since: float) -> tuple[float, ...]:
    return tuple(time for time in times if time > since)
