"""Which events of a gate's journal are cues for an alarm, and of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from edge.decision import ClockTrust
from edge.journal.format import (
    Entry,
    Event,
    GateFaultReported,
    LaneDuress,
    LaneForced,
    LaneHeldTooLong,
    LaneIntrusion,
    LaneOverrideAbuse,
    LaneRepeated,
    LaneTamper,
    StaffDuress,
    understood,
)
from sync.central.alarms.core.cues import MOST_EVIDENCE, Cue, Values
from sync.central.alarms.core.kinds import AlarmKind

_OF: Mapping[type[Event], AlarmKind] = MappingProxyType(
    {
        LaneForced: AlarmKind.BARRIER_FORCED,
        LaneIntrusion: AlarmKind.BARRIER_FORCED,  # nobody opened it for them
        LaneHeldTooLong: AlarmKind.BARRIER_HELD,
        LaneTamper: AlarmKind.TAMPERED,
        LaneDuress: AlarmKind.DURESS,
        StaffDuress: AlarmKind.DURESS,
        LaneOverrideAbuse: AlarmKind.OVERRIDE_RATE,
        GateFaultReported: AlarmKind.FAULT_REPORTED,
    }
)
_REPEATED: Mapping[str, AlarmKind] = MappingProxyType({event.kind.value: kind for event, kind in _OF.items()})

TELLING: Final = frozenset({*_REPEATED, LaneRepeated.kind.value})
"""The kinds of events that may be cues; no other is read."""


def cues_of(site: str, device: str, chain: int, entries: Iterable[Entry], now: int) -> tuple[Cue, ...]:
    """The cues in events of a gate, of each kind and key one that counts them. `now` stands for the time of a
    gate that does not believe its own clock.
    """
    held: dict[tuple[AlarmKind, str], Cue] = {}
    for entry in entries:
        event = understood(entry) if entry.kind in TELLING else None
        told = None if event is None else _told(event)
        if told is None:
            continue
        kind, item, times, values = told
        key = f"{device} {item}" if item else device
        at = now if entry.trust is ClockTrust.UNTRUSTED else entry.at
        evidence = ((chain, entry.sequence),)
        cue = Cue(kind, site, device, key, at, None, evidence, values, times, at)
        held[kind, key] = _together(held[kind, key], cue) if (kind, key) in held else cue
    return tuple(held.values())


def _told(event: Event) -> tuple[AlarmKind, str, int, Values] | None:
    """Of what alarm an event is a cue, of which item at the gate, how often, and with which figures."""
    match event:
        case LaneRepeated(of=of, times=times):
            kind = _REPEATED.get(of.value)
            return None if kind is None else (kind, "", times, {})
        case GateFaultReported(what=what):
            return AlarmKind.FAULT_REPORTED, what, 1, {"what": what}
        case LaneHeldTooLong(blocked=blocked):
            return AlarmKind.BARRIER_HELD, "", 1, {"blocked": blocked} if blocked else {}
        case LaneIntrusion():
            return AlarmKind.BARRIER_FORCED, "", 1, {"what": "intrusion"}
        case LaneOverrideAbuse(presses=presses):
            return AlarmKind.OVERRIDE_RATE, "", 1, {"presses": presses}
        case _:
            return _OF[type(event)], "", 1, {}


def _together(held: Cue, more: Cue) -> Cue:
    """Both as one, which counts them; its evidence is the newest."""
    return Cue(
        held.kind,
        held.site,
        held.device,
        held.key,
        min(held.at, more.at),
        None,
        (more.evidence + held.evidence)[:MOST_EVIDENCE],
        more.values or held.values,
        held.times + more.times,
        max(held.until, more.until),
    )
