"""Which states of the gates are cues for an alarm, and whether it is the centre that hears nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sync.central.alarms.core.cues import Cue, Values
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.devices.core import SILENT_AFTER, GateState, StateReason, StateWhy, is_silent
from sync.central.units import DAY, SECOND

DEAF_AFTER: Final = 90 * SECOND
"""Without a sign of any gate for so long, it is the centre that is deaf, or its broker: each gate tells of
itself every few seconds, so this is known before the first of them counts as dark.
"""
MANY: Final = 10
"""So many gates dark, and most of all, are one alarm."""
CENTRE: Final = "centre"

_OF: Mapping[StateWhy, AlarmKind] = MappingProxyType(
    {
        StateWhy.NO_LINK: AlarmKind.GATE_DARK,
        StateWhy.PROBE_FAILED: AlarmKind.PROBE_FAILED,
        StateWhy.PROBE_LATE: AlarmKind.PROBE_FAILED,
        StateWhy.GAP: AlarmKind.JOURNAL_GAP,
        StateWhy.REGISTRY_OLD: AlarmKind.GATE_STALE,
        StateWhy.REGISTRY_EXPIRED: AlarmKind.GATE_STALE,
        StateWhy.RECEIPT_OVERDUE: AlarmKind.RECEIPT_OVERDUE,
        StateWhy.CLOCK: AlarmKind.CLOCK_OFF,
    }
)
_OF_FINDINGS: Mapping[str, AlarmKind] = MappingProxyType(
    {
        "shared": AlarmKind.IDENTITY_SHARED,
        "cloned": AlarmKind.IDENTITY_SHARED,
        "forked": AlarmKind.IDENTITY_SHARED,
        "missing": AlarmKind.JOURNAL_GAP,
    }
)
_NEEDS_A_LINK = frozenset({AlarmKind.PROBE_FAILED, AlarmKind.GATE_STALE, AlarmKind.JOURNAL_GAP})
"""What a gate without a link cannot help: it is one alarm, not four."""
OF_STATES: Final = frozenset(
    {*_OF.values(), *_OF_FINDINGS.values(), AlarmKind.CENTRE_DEAF, AlarmKind.STANDBY_AWAY}
)
"""The kinds that hold as long as a state does."""


@dataclass(frozen=True)
class SeenGate:
    """A gate in service: where it is, its state, and when it was heard last."""

    site: str
    state: GateState
    last_seen: int | None


@dataclass(frozen=True)
class Deaf:
    """That so many gates of so many are not heard, since about `since`."""

    since: int
    gates: int
    of: int


def deafness(gates: Iterable[SeenGate], now: int) -> Deaf | None:
    """Whether the centre, or its broker, is deaf; gates that were dark before are none of its affair."""
    heard = [gate.last_seen for gate in gates if gate.last_seen is not None and gate.last_seen > now - DAY]
    if len(heard) < 2:
        return None
    if max(heard) < now - DEAF_AFTER:
        return Deaf(max(heard), len(heard), len(heard))
    dark = [at for at in heard if is_silent(at, now)]
    if len(dark) >= MANY and 2 * len(dark) > len(heard):
        return Deaf(min(dark), len(dark), len(heard))
    return None


def cues_of_states(
    gates: Mapping[str, SeenGate], now: int, *, deaf: Deaf | None = None, heard_again_at: int | None = None
) -> Iterator[Cue]:
    """The cues in the states of gates, by their ids. While the centre is `deaf`, and until the gates had time
    to be heard again, no gate is dark that was heard before.
    """
    if deaf is not None:
        figures: Values = {"gates": deaf.gates, "of": deaf.of}
        yield Cue(AlarmKind.CENTRE_DEAF, None, None, CENTRE, deaf.since, values=figures)
    excused = deaf is not None or (heard_again_at is not None and 0 <= now - heard_again_at < SILENT_AFTER)
    for device, gate in gates.items():
        yield from _of_gate(device, gate, now, excused=excused)


def _of_gate(device: str, gate: SeenGate, now: int, *, excused: bool) -> Iterator[Cue]:
    dark = any(reason.why is StateWhy.NO_LINK for reason in gate.state.reasons)
    told: set[AlarmKind] = set()
    for reason in gate.state.reasons:
        kind = _OF_FINDINGS.get(reason.detail) if reason.why is StateWhy.FINDING else _OF.get(reason.why)
        if kind is None or kind in told or (dark and kind in _NEEDS_A_LINK):
            continue
        was_heard = gate.last_seen is not None and gate.last_seen > now - DAY
        if excused and was_heard and (kind is AlarmKind.GATE_DARK or reason.why is StateWhy.PROBE_LATE):
            continue
        told.add(kind)
        yield Cue(kind, gate.site, device, device, reason.since or now, values=_figures(reason))


def _figures(reason: StateReason) -> Values:
    found: dict[str, str | int] = {"what": reason.why.value}
    if reason.detail:
        found["detail"] = reason.detail
    if reason.count:
        found["count"] = reason.count
    return found
