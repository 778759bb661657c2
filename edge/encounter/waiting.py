"""Who lacks nothing but their temperature: a line before the thermometer, in which nobody waits for long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from edge.decision import AccessVerdict, TemperatureReading
from edge.encounter.values import Encounter

_MAY_YET_COME = frozenset({"not_a_person", "too_far", "too_near", "unsteady", "once"})
"""Why a measurement may be worth nothing yet: somebody is still stepping up."""


@dataclass(frozen=True)
class Waiting:
    """An encounter in line since a monotonic time, with the verdict that it came to then.

    `took` are the milliseconds of the stages that it went through here so far.
    """

    encounter: Encounter
    verdict: AccessVerdict
    since: float
    took: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What the thermometer has of the first in line so far, and the policy's `limit` (°C)."""

    reading: TemperatureReading | None
    limit: float


class LineStep(Enum):
    """What becomes of the first in line."""

    SETTLE = "settle"
    WAIT = "wait"
    ASK = "ask"  # wait, and ask them, once, to be measured again


class WaitingLine:
    """Those who may have to wait for the thermometer, in the order in which they came.

    A first measurement is waited for `wait_for` seconds, a second, where the first was high, `again_within`.
    Anyone who went away meanwhile, for longer than `gone_after`, is let through no more: it would be somebody
    else who is.
    """

    def __init__(self, gone_after: float, wait_for: float, again_within: float) -> None:
        self._gone_after = gone_after
        self._wait_for = wait_for
        self._again_within = again_within
        self._line: deque[Waiting] = deque()
        self._somebody = float("-inf")
        self._asked: Waiting | None = None

    def seen(self, at: float) -> None:
        """Somebody, or what they show, was in view."""
        self._somebody = at

    def add(self, waiting: Waiting) -> None:
        """Let somebody wait; not twice, however long they show themselves."""
        name = waiting.verdict.decision.subject_id
        if name is None or all(one.verdict.decision.subject_id != name for one in self._line):
            self._line.append(waiting)

    @property
    def empty(self) -> bool:
        """Whether nobody waits."""
        return not self._line

    def first(self, now: float) -> Waiting | None:
        """Whose turn it is, after those who went away."""
        gone = now - self._gone_after
        while self._line and max(self._somebody, self._line[0].since) < gone:
            self._line.popleft()
        return self._line[0] if self._line else None

    def step(self, now: float, measured: Measured | None) -> LineStep:
        """What becomes of the first in line; `measured` None: no measurement is to be expected.

        Nobody waits who is refused anyway, nor while another is behind them.
        """
        first = self._line[0]
        if measured is None or len(self._line) > 1 or not first.verdict.grants:
            return LineStep.SETTLE
        waited, reading = now - first.since, measured.reading
        if reading is None or reading.why in _MAY_YET_COME:
            return LineStep.WAIT if waited < self._wait_for else LineStep.SETTLE
        high = reading.valid and reading.celsius >= measured.limit
        if not high or reading.again is not None or waited >= self._again_within:
            return LineStep.SETTLE
        if self._asked is first:
            return LineStep.WAIT
        self._asked = first
        return LineStep.ASK

    def leave(self) -> Waiting | None:
        """The first in line, who waits no longer; None where nobody is."""
        return self._line.popleft() if self._line else None
