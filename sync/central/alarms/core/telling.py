"""Which events of a gate's journal are cues for an alarm, and of what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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

_PLAIN: Mapping[str, AlarmKind] = MappingProxyType(
    {event.kind.value: _OF[event] for event in (LaneForced, LaneTamper, LaneDuress, StaffDuress)}
)

TELLING: Final = frozenset({*_REPEATED, LaneRepeated.kind.value})
"""The kinds of events that may be cues; no other is read."""


def cues_of(site: str, device: str, chain: int, entries: Iterable[Entry], now: int) -> tuple[Cue, ...]:
    """The cues in events of a gate, of each kind and key one that counts them. `now` stands for the time of a
    gate that does not believe its own clock.
    """
    held: dict[tuple[AlarmKind, str], _Count] = {}
    for entry in entries:
        told = _told_by(entry)
        if told is None:
            continue
        kind, item, times, values = told
        at = now if entry.trust is ClockTrust.UNTRUSTED else entry.at
        count = held.setdefault((kind, item), _Count(at, at))
        count.first, count.last, count.times = min(count.first, at), max(count.last, at), count.times + times
        count.evidence.append((chain, entry.sequence))
        count.values = values or count.values
    return tuple(
        Cue(
            kind,
            site,
            device,
            f"{device} {item}" if item else device,
            count.first,
            None,
            tuple(reversed(count.evidence)),
            count.values,
            count.times,
            count.last,
        )
        for (kind, item), count in held.items()
    )


@dataclass
class _Count:
    """What several events tell together; of their evidence the newest is kept."""

    first: int
    last: int
    times: int = 0
    evidence: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MOST_EVIDENCE))
    values: Values = field(default_factory=dict)


def _told_by(entry: Entry) -> tuple[AlarmKind, str, int, Values] | None:
    """What an entry is a cue of. What says no more than its kind is not read: one broken beam tells of it
    often.
    """
    if entry.kind in _PLAIN:
        return _PLAIN[entry.kind], "", 1, {}
    event = understood(entry) if entry.kind in TELLING else None
    return None if event is None else _told(event)


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
