"""One step of the lane in the making: what it has become so far, and what is to be done."""

from __future__ import annotations

import msgspec

from edge.barrier.appearance import outputs
from edge.barrier.board import OutputName
from edge.barrier.signals import Effect, LaneEvent, Prompt, Record, SetOutput
from edge.barrier.state import Credit, Impulse, LaneState, Phase

_ORDER = {output: place for place, output in enumerate(OutputName)}


class Turn:
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


def who(credit: Credit) -> dict[str, str]:
    return {"cause": credit.cause.value} | ({"reference": credit.reference} if credit.reference else {})


def recent(times: tuple[float, ...], since: float) -> tuple[float, ...]:
    return tuple(time for time in times if time > since)
