"""The last step: the gate is checked, enabled and started; if it does not start, the one before goes on."""

from __future__ import annotations

from dataclasses import dataclass

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import DeviceError
from edge.setup.core import Draft
from edge.setup.talk import Talk
from edge.setup.units import CONSOLE, GATE, RENEWAL, SYNC, Units
from edge.setup.writing import Change


@dataclass(frozen=True)
class Started:
    """Which services were started, or, with a `problem`, why the gate of before is back."""

    units: tuple[str, ...] = ()
    problem: str = ""


def start_gate(
    talk: Talk, draft: Draft, change: Change, *, wanted: bool
) -> tuple[tuple[CheckResult, ...], Started | None]:
    """Check what was written, then start it; returns what the checks find, and what was started."""
    asker, units = talk.asker, talk.ground.units
    there = units is not None and units.are_there()
    runs = units is not None and there and units.is_active(GATE)
    found = _checked(talk, beside=runs)
    if units is None or not there:
        asker.tell(_by_hand(talk))
        return found, None
    bad = [check for check in found if check.verdict is Verdict.BAD]
    if not wanted or not talk.answers.start:
        asker.tell(f"not started: systemctl enable --now {' '.join(_units_of(talk))}")
        return found, None
    if bad and not asker.confirm("start_anyway", "Start it all the same?", default=False):
        return found, _back(talk, change, f"{bad[0].what}: {bad[0].text}")
    problem = _start(talk, draft, units)
    if problem:
        return found, _back(talk, change, problem)
    asker.tell("the gate runs")
    return _checked(talk, beside=True), Started(_units_of(talk))


def _checked(talk: Talk, *, beside: bool) -> tuple[CheckResult, ...]:
    talk.asker.tell("\ngatepost gate check:")
    found = talk.ground.checked(beside)
    for check in found:
        remedy = f" → {check.remedy}" if check.remedy else ""
        talk.asker.tell(f"  {check.verdict.value:<7} {check.what}: {check.text}{remedy}")
    return found


def _start(talk: Talk, draft: Draft, units: Units) -> str:
    """Why the gate is not at work with what was written; empty: it is."""
    try:
        for unit in _units_of(talk):
            units.enable(unit)
        talk.asker.tell("starting the gate, and waiting until it is READY …")
        units.start(GATE)
        said = units.status(GATE)
        if said and said != f"gate {draft.gate} of {draft.site}":
            return said
        for unit in _units_of(talk)[1:]:
            units.start(unit)
    except DeviceError as error:
        return str(error)
    return ""


def _units_of(talk: Talk) -> tuple[str, ...]:
    """The gate first; what needs a centre only where there is one."""
    return (GATE, CONSOLE, *((SYNC, RENEWAL) if talk.ground.is_connected() else ()))


def _back(talk: Talk, change: Change, problem: str) -> Started:
    """Where a gate worked before: its files again, and the gate with them. A new one stays as written."""
    units = talk.ground.units
    talk.asker.tell(f"it does not start: {problem}")
    if talk.is_new or units is None:
        talk.asker.tell("mend that, then: gatepost setup --step start")
        return Started(problem=problem)
    change.undo()
    try:
        units.start(GATE)
        talk.asker.tell("the gate of before is back, with its files as they were")
    except DeviceError as error:
        talk.asker.tell(f"its files are as they were, and the gate of before does not start either: {error}")
    return Started(problem=problem)


def _by_hand(talk: Talk) -> str:
    if talk.ground.on_system:
        enabled = f"systemctl enable --now {' '.join(_units_of(talk))}"
        return f"no systemd with the gate's units runs here; where it does: {enabled}"
    return f"start it: gatepost gate run --config {talk.ground.gate_file}"
