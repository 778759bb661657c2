"""The last step: the gate is checked, enabled and started; if it does not start, the one before goes on."""

from __future__ import annotations

from dataclasses import dataclass

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import DeviceError
from edge.setup.core import Draft
from edge.setup.ground import Ground
from edge.setup.talk import Talk
from edge.setup.units import CONSOLE, GATE, RENEWAL, SCREEN, SYNC, UPDATES, Units
from edge.setup.writing import WrittenFiles

_OF_SYSTEMD = "/etc/systemd"
_ENABLED_BELOW = "services"
"""The check of what starts with the computer: before a start it would only say what is about to be done."""


@dataclass(frozen=True)
class Started:
    """Which services were started, or, with a `problem`, why the gate of before is back."""

    units: tuple[str, ...] = ()
    problem: str = ""


def is_at_work(ground: Ground) -> bool:
    """Whether the units' gate runs."""
    units = ground.units
    return units is not None and units.are_there() and units.is_active(GATE)


def known_faults(talk: Talk) -> frozenset[str]:
    """What is wrong with a gate that works all the same: no reason to refuse another choice."""
    if not talk.ran:
        return frozenset()
    found = talk.ground.checked(is_at_work(talk.ground))
    return frozenset(check.text for check in found if check.verdict is Verdict.BAD)


def start_gate(
    talk: Talk, draft: Draft, change: WrittenFiles, known: frozenset[str], *, wanted: bool
) -> tuple[tuple[CheckResult, ...], Started | None]:
    """Check what was written, then start it; returns what the checks find, and what was started.

    `known` are the faults that the gate of before works with.
    """
    asker, units = talk.asker, talk.ground.units
    there = units is not None and units.are_there()
    asker.tell("checking the gate …")
    found = tuple(
        check for check in talk.ground.checked(is_at_work(talk.ground)) if check.what != _ENABLED_BELOW
    )
    if units is None or not there:
        _tell(talk, found)
        asker.tell(_by_hand(talk, draft))
        return found, None
    bad = [check for check in found if check.verdict is Verdict.BAD and check.text not in known]
    if not wanted or not talk.answers.start:
        _tell(talk, found)
        asker.tell(f"not started: systemctl enable --now {' '.join(_units_of(talk, draft))}")
        return found, None
    if bad:
        _tell(talk, found)
    if bad and not asker.confirm("start_anyway", "Start it all the same?", default=not talk.ran):
        return found, _back(talk, change, f"{bad[0].what}: {bad[0].text}")
    problem = _start(talk, draft, change, units)
    if problem:
        return found, _back(talk, change, problem)
    asker.tell("the gate runs")
    found = talk.ground.checked(True)
    _tell(talk, found)
    return found, Started(_units_of(talk, draft))


def _tell(talk: Talk, found: tuple[CheckResult, ...]) -> None:
    talk.asker.tell("\nwhat `gatepost gate check` says:")
    for check in found:
        remedy = f" → {check.remedy}" if check.remedy else ""
        talk.asker.tell(f"  {check.verdict.value:<7} {check.what}: {check.text}{remedy}")


def _start(talk: Talk, draft: Draft, change: WrittenFiles, units: Units) -> str:
    """Why the gate is not at work with what was written; empty: it is."""
    try:
        for unit in _units_of(talk, draft):
            units.enable(unit)
        if any(path.is_relative_to(_OF_SYSTEMD) for path in change.written):
            units.read_settings()
        talk.asker.tell("starting the gate, and waiting until it is READY …")
        units.start(GATE)
        said = units.status(GATE)
        if said and said != f"gate {draft.gate} of {draft.site}":
            return said
        for unit in _units_of(talk, draft)[1:]:
            units.start(unit)
    except DeviceError as error:
        return str(error)
    return ""


def _units_of(talk: Talk, draft: Draft) -> tuple[str, ...]:
    """The gate first; what needs a screen, a centre, or a place of updates, only where there is one."""
    _, _, configuration = talk.document(draft)
    screen = (SCREEN,) if configuration.prompts.screen else ()
    updates = UPDATES if talk.ground.gate_file.with_name("update.toml").is_file() else ()
    return (GATE, CONSOLE, *screen, *((SYNC, RENEWAL) if talk.ground.is_connected() else ()), *updates)


def _back(talk: Talk, change: WrittenFiles, problem: str) -> Started:
    """Where a gate ran before: its files again, and the gate with them. A new one stays as written."""
    units = talk.ground.units
    talk.asker.tell(f"it does not start: {problem}")
    if not talk.ran or units is None:
        talk.asker.tell("mend that, then: gatepost setup --step start")
        return Started(problem=problem)
    change.undo()
    try:
        units.start(GATE)
        talk.asker.tell("the gate of before is back, with its files as they were")
    except DeviceError as error:
        talk.asker.tell(f"its files are as they were, and the gate of before does not start either: {error}")
    return Started(problem=problem)


def _by_hand(talk: Talk, draft: Draft) -> str:
    if talk.ground.on_system:
        enabled = f"systemctl enable --now {' '.join(_units_of(talk, draft))}"
        return f"no systemd with the gate's units runs here; where it does: {enabled}"
    return f"start it: gatepost gate run --config {talk.ground.gate_file}"
