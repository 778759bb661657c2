"""Probes of a gate: it shows itself the site's probe pass, every so often, while nobody is before it.

The pass goes the way of every code: text, classifier, signature, `decide()`, journal. It opens nothing, the
lane and the screen hear nothing of it, and nobody is counted. What the journal says of it then shows the
centre that this gate works: a living process, or an open link, does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.decision import AccessVerdict, Outcome, PassKind, PassVerdict, Reason
from edge.journal.format import ProbeDecided
from edge.support.due import NEVER
from edge.vision.reports import CameraReport, CameraState, WorkerFailed

FIRST_AFTER = 30.0
"""Seconds after a start until the first probe: the camera has to open."""
AGAIN_AFTER = 5.0
"""Seconds after which it is tried again where somebody was before the gate."""

_FAILED = "failed"
_CAMERA_DOWN = frozenset(
    {CameraState.OPENING, CameraState.STALLED, CameraState.GONE, CameraState.BLIND, _FAILED}
)
_RIGHT = frozenset({Reason.TEST_CODE, Reason.GATE_LOCKED, Reason.LOCKED_DOWN})
"""What the decision on a test code is at a gate that does what it should: a gate may be locked on purpose."""


class Probed(Protocol):
    """What is probed: the access controller."""

    def probe_pass(self) -> str:
        """The text of the site's probe pass; empty: there is none."""
        ...

    def at_rest(self, now: float) -> bool:
        """Whether nobody is before the gate, nor was a moment ago."""
        ...

    def verdict_on(self, text: str) -> AccessVerdict:
        """What is decided on anyone who shows `text`; nothing comes of it."""
        ...


class Prober:
    """Probes `gate` every `every` seconds (0: never); `monotonic` is the clock, in seconds."""

    def __init__(self, every: float, gate: Probed, monotonic: Callable[[], float]) -> None:
        self._every = every
        self._gate = gate
        self._monotonic = monotonic
        self._due = monotonic() + min(every, FIRST_AFTER) if every else NEVER
        self._camera = ""

    def hear(self, report: object) -> None:
        """Take up what is said of the camera."""
        match report:
            case CameraReport(state=state):
                self._camera = state.value
            case WorkerFailed():
                self._camera = _FAILED

    def poll(self, now: float) -> ProbeDecided | None:
        """The probe that is due at monotonic `now`, as it is to be written down."""
        if now < self._due:
            return None
        text = self._gate.probe_pass()
        if text and not self._gate.at_rest(now):
            self._due = now + min(self._every, AGAIN_AFTER)
            return None
        self._due = now + self._every
        return self._probed(text) if text else None

    def next_due(self) -> float:
        """When the next probe is due (monotonic seconds)."""
        return self._due

    def _probed(self, text: str) -> ProbeDecided:
        began = self._monotonic()
        verdict = self._gate.verdict_on(text)
        took = 1000.0 * (self._monotonic() - began)
        code = PassVerdict.NOT_A_PASS if verdict.evidence.code is None else verdict.evidence.code.verdict
        wrong = what_is_wrong(verdict, self._camera)
        return ProbeDecided(
            verdict.decision, code, verdict.mode, verdict.registry, self._camera, round(took, 3), wrong
        )


def what_is_wrong(verdict: AccessVerdict, camera: str) -> tuple[str, ...]:
    """What does not do what it should, as codes; empty: the gate works."""
    code, decision = verdict.evidence.code, verdict.decision
    wrong = []
    if code is None or code.verdict is not PassVerdict.GENUINE or code.kind is not PassKind.PROBE:
        wrong.append("code")
    if decision.outcome is Outcome.GRANT:
        wrong.append("granted")
    elif not wrong and decision.reason not in _RIGHT:
        wrong.append(decision.reason.value)
    if camera in _CAMERA_DOWN:
        wrong.append("camera")
    return tuple(wrong)
