"""The state of a gate: whether it works, by what the centre knows of it, and why not. PURE.

`working` means that a probe went all the way, from a code to the centre: no open socket and no living
process stands for it. What a person did at the gate is an `alarm`; what keeps it from doing its work is a
`fault`; what somebody should look at, while it does its work, is `look`. Times are microseconds since 1970
UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sync.central.units import MINUTE

SILENT_AFTER = 3 * MINUTE
"""Without a sign of a gate's sync process for so long, there is no link to it."""
PROBE_AGES_AFTER = 15 * MINUTE
"""Without a probe that works for so long, nobody knows that the gate does. A gate is probed every five
minutes, and not while somebody stands before it.
"""
ALARM_LASTS = 60 * MINUTE
"""An alarm that has no end of its own (somebody walked past a shut barrier) is shown for so long."""
LATE_AFTER = 10 * MINUTE
"""A version that a gate does not hold so long after it was published is worth a look."""


class GateStateKind(StrEnum):
    """What a gate's state is, the worst first."""

    ALARM = "alarm"
    FAULT = "fault"
    LOOK = "look"
    WORKING = "working"


class StateWhy(StrEnum):
    """Why a gate does not simply work; within a kind, the first of these is told first."""

    # alarms: somebody did something at the gate
    FIRE = "fire"
    DURESS = "duress"
    FORCED = "forced"
    INTRUSION = "intrusion"
    TAMPER = "tamper"
    WRONG_ATTEMPTS = "wrong_attempts"
    OVERRIDE_ABUSE = "override_abuse"
    STAFF_OFTEN = "staff_often"
    # faults: it does not do its work, or what it sends cannot be relied on
    SUSPENDED = "suspended"
    NEVER_SEEN = "never_seen"
    NO_LINK = "no_link"
    FINDING = "finding"
    REPORTED = "reported"
    PROBE_FAILED = "probe_failed"
    PROBE_LATE = "probe_late"
    BARRIER = "barrier"
    CAMERA = "camera"
    # looks: it works, and somebody should look
    NEVER_PROBED = "never_probed"
    GAP = "gap"
    REGISTRY_OLD = "registry_old"
    REGISTRY_EXPIRED = "registry_expired"
    RECEIPT_OVERDUE = "receipt_overdue"
    CLOCK = "clock"
    HELD_TOO_LONG = "held_too_long"
    POWER = "power"
    LOCKED = "locked"
    SENSOR = "sensor"
    THERMOMETER = "thermometer"
    STAFF_FAULT = "staff_fault"


_ALARMS = frozenset(
    {
        *(StateWhy.FIRE, StateWhy.DURESS, StateWhy.FORCED, StateWhy.INTRUSION, StateWhy.TAMPER),
        *(StateWhy.WRONG_ATTEMPTS, StateWhy.OVERRIDE_ABUSE, StateWhy.STAFF_OFTEN),
    }
)
SILENT_WHYS: Final = frozenset({StateWhy.DURESS})
"""Of these only those know who may care for alarms at the place."""
_LOOKS = frozenset(list(StateWhy)[list(StateWhy).index(StateWhy.NEVER_PROBED) :])
_WITHOUT_AN_END = frozenset(
    {
        StateWhy.DURESS,
        StateWhy.INTRUSION,
        StateWhy.WRONG_ATTEMPTS,
        StateWhy.OVERRIDE_ABUSE,
        StateWhy.STAFF_OFTEN,
    }
)
_ORDER = {why: place for place, why in enumerate(StateWhy)}


@dataclass(frozen=True)
class StateReason:
    """One reason why a gate does not simply work. `since` is None where nobody knows; `detail` is a code or a
    name (of an alarm, a finding, a sensor), `count` a number (of events, of versions).
    """

    why: StateWhy
    since: int | None = None
    detail: str = ""
    count: int = 0

    @property
    def kind(self) -> GateStateKind:
        if self.why in _ALARMS:
            return GateStateKind.ALARM
        return GateStateKind.LOOK if self.why in _LOOKS else GateStateKind.FAULT


@dataclass(frozen=True)
class GateState:
    """A gate's state: what it is, and every reason, the one that is told first."""

    reasons: tuple[StateReason, ...] = ()

    @property
    def kind(self) -> GateStateKind:
        return self.reasons[0].kind if self.reasons else GateStateKind.WORKING

    @property
    def why(self) -> StateReason | None:
        """The one reason that a line has room for."""
        return self.reasons[0] if self.reasons else None


@dataclass(frozen=True)
class Probe:
    """The newest probe of a gate: `at` by its own clock, whether it `worked`, what was not right (`wrong`, a
    code; empty: nothing), when its journal brought it here, and the newest one that worked (None: none did).
    """

    at: int
    worked: bool
    wrong: str
    arrived: int
    worked_at: int | None


@dataclass(frozen=True)
class KnownGate:
    """What the centre knows of a gate.

    `reported` are the alarms of its last health; `findings` the kinds of its open findings with their times;
    `missing` how many events of its journal are not here yet although later ones are, since `missing_since`;
    `behind` by how many versions its registry is older than the newest, of which the first was published at
    `behind_since`; `holds` what its journal says and has not ended (a camera that is blind, a barrier that
    was forced); `overdue_receipts` the removals that it has not confirmed in time.
    """

    suspended: bool = False
    last_seen: int | None = None
    reported: tuple[str, ...] = ()
    findings: tuple[tuple[str, int], ...] = ()
    missing: int = 0
    missing_since: int | None = None
    behind: int = 0
    behind_since: int | None = None
    overdue_receipts: int = 0
    overdue_since: int | None = None
    holds: tuple[StateReason, ...] = ()
    probe: Probe | None = None


def is_silent(last_seen: int | None, now: int) -> bool:
    """Whether there is no link to a gate. One that was seen later than now was seen before the clock was set
    back: that says nothing of now.
    """
    return last_seen is None or not _is_near(last_seen, now, SILENT_AFTER)


def gate_state(known: KnownGate, now: int) -> GateState:
    """The state of a gate at `now`, and why."""
    found = (*_of_the_link(known, now), *_of_the_probe(known, now), *_of_what_is_held(known, now))
    told = [*found, *(reason for reason in known.holds if _still_holds(reason, now))]
    order = list(GateStateKind)
    return GateState(tuple(sorted(told, key=lambda item: (order.index(item.kind), _ORDER[item.why]))))


def _is_near(at: int, now: int, within: int) -> bool:
    return now - within <= at <= now + within


def _of_the_link(known: KnownGate, now: int) -> Iterator[StateReason]:
    if known.suspended:
        yield StateReason(StateWhy.SUSPENDED)
    if known.last_seen is None:
        yield StateReason(StateWhy.NEVER_SEEN)
    elif is_silent(known.last_seen, now):
        yield StateReason(StateWhy.NO_LINK, min(known.last_seen, now))
    yield from (StateReason(StateWhy.FINDING, since, kind) for kind, since in known.findings)
    yield from (StateReason(StateWhy.REPORTED, known.last_seen, code) for code in known.reported)


def _of_the_probe(known: KnownGate, now: int) -> Iterator[StateReason]:
    probe = known.probe
    if probe is None:
        if known.last_seen is not None:
            yield StateReason(StateWhy.NEVER_PROBED)
    elif not probe.worked:
        yield StateReason(StateWhy.PROBE_FAILED, probe.at, probe.wrong)
    elif not _is_near(probe.arrived, now, PROBE_AGES_AFTER):
        yield StateReason(StateWhy.PROBE_LATE, probe.at)


def _of_what_is_held(known: KnownGate, now: int) -> Iterator[StateReason]:
    if known.missing:
        yield StateReason(StateWhy.GAP, known.missing_since, count=known.missing)
    if known.behind and (known.behind_since is None or known.behind_since < now - LATE_AFTER):
        yield StateReason(StateWhy.REGISTRY_OLD, known.behind_since, count=known.behind)
    if known.overdue_receipts:
        yield StateReason(StateWhy.RECEIPT_OVERDUE, known.overdue_since, count=known.overdue_receipts)


def _still_holds(reason: StateReason, now: int) -> bool:
    """Whether it does at `now`: an alarm without an end of its own is over after a while."""
    if reason.why not in _WITHOUT_AN_END or reason.since is None:
        return True
    return reason.since > now - ALARM_LASTS
