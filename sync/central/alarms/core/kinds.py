"""The one table of kinds: what each is called, how grave it is, who may see it, what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from edge.web.texts import N_


class AlarmKind(StrEnum):
    """What an alarm is about. A kind, once released, keeps its meaning."""

    LIMIT_WARNED = "limit_warned"
    LIMIT_STOPPED = "limit_stopped"
    LIMIT_FORECAST = "limit_forecast"
    ISOLATION_EXIT = "isolation_exit"
    ISOLATION_EXCEPTION = "isolation_exception"
    BARRIER_FORCED = "barrier_forced"
    BARRIER_HELD = "barrier_held"
    TAMPERED = "tampered"
    DURESS = "duress"
    OVERRIDE_RATE = "override_rate"
    GATE_DARK = "gate_dark"
    GATE_STALE = "gate_stale"
    CENTRE_DEAF = "centre_deaf"
    STANDBY_AWAY = "standby_away"
    BROKER_AMISS = "broker_amiss"
    PROBE_FAILED = "probe_failed"
    JOURNAL_GAP = "journal_gap"
    RECEIPT_OVERDUE = "receipt_overdue"
    DENIED_AT_SEVERAL = "denied_at_several"
    KEY_AREA_PERSON = "key_area_person"
    IDENTITY_SHARED = "identity_shared"
    CLOCK_OFF = "clock_off"
    THERMOMETER_DRIFT = "thermometer_drift"
    TEMPERATURE_HIGH = "temperature_high"
    COUNTED_TWICE = "counted_twice"
    FAULT_REPORTED = "fault_reported"
    HISTORY_DAMAGED = "history_damaged"
    ROSTER_HOLE = "roster_hole"
    DELIVERY_FAILED = "delivery_failed"
    VISIT_OVERDUE = "visit_overdue"


class Severity(IntEnum):
    """How grave an alarm is: 1 needs somebody now, 2 soon, 3 today."""

    NOW = 1
    SOON = 2
    TODAY = 3


@dataclass(frozen=True)
class KindFacts:
    """What is so of every alarm of a kind. `words` are what it is called, in English; `severity` is its own
    unless a rule says another; `is_silent`: only those who may care for alarms at its place see it, and no
    message tells of it; `ends_alone`: it is over when its cause is: else somebody closes it, who looked;
    `is_known`: it is no kind of a newer version.
    """

    words: str
    severity: Severity
    is_silent: bool = False
    ends_alone: bool = False
    is_known: bool = True


class _Kinds(dict[AlarmKind, KindFacts]):
    """A kind of a newer version is called what it is, and counts as silent: it may be."""

    def __missing__(self, kind: AlarmKind) -> KindFacts:
        return KindFacts(kind.value, Severity.SOON, is_silent=True, is_known=False)


_NOW, _SOON, _TODAY = Severity.NOW, Severity.SOON, Severity.TODAY

KINDS: Final[Mapping[AlarmKind, KindFacts]] = MappingProxyType(
    _Kinds(
        {
            AlarmKind.DURESS: KindFacts(N_("Duress at the gate"), _NOW, is_silent=True),
            AlarmKind.BARRIER_FORCED: KindFacts(N_("Barrier forced"), _NOW),
            AlarmKind.ISOLATION_EXIT: KindFacts(N_("Exit tried in isolation"), _NOW),
            AlarmKind.LIMIT_STOPPED: KindFacts(N_("Limit reached"), _NOW, ends_alone=True),
            AlarmKind.CENTRE_DEAF: KindFacts(N_("No gate is heard"), _NOW, ends_alone=True),
            AlarmKind.HISTORY_DAMAGED: KindFacts(N_("History damaged"), _NOW),
            AlarmKind.TAMPERED: KindFacts(N_("Housing opened"), _NOW),
            AlarmKind.IDENTITY_SHARED: KindFacts(N_("Two gates use one identity"), _NOW),
            AlarmKind.LIMIT_WARNED: KindFacts(N_("Limit near"), _SOON, ends_alone=True),
            AlarmKind.LIMIT_FORECAST: KindFacts(N_("Limit soon at this rate"), _SOON, ends_alone=True),
            AlarmKind.BARRIER_HELD: KindFacts(N_("Barrier held open too long"), _SOON, ends_alone=True),
            AlarmKind.GATE_DARK: KindFacts(N_("Gate without a link"), _SOON, ends_alone=True),
            AlarmKind.BROKER_AMISS: KindFacts(N_("The broker needs somebody"), _SOON, ends_alone=True),
            AlarmKind.STANDBY_AWAY: KindFacts(N_("No standby has what is stored"), _SOON, ends_alone=True),
            AlarmKind.PROBE_FAILED: KindFacts(N_("Probe of the gate failed"), _SOON, ends_alone=True),
            AlarmKind.TEMPERATURE_HIGH: KindFacts(N_("Temperature to be checked again"), _SOON),
            AlarmKind.KEY_AREA_PERSON: KindFacts(N_("Person of a key area"), _SOON, is_silent=True),
            AlarmKind.DENIED_AT_SEVERAL: KindFacts(N_("Denied at several gates"), _SOON),
            AlarmKind.FAULT_REPORTED: KindFacts(N_("Staff report a fault"), _SOON, ends_alone=True),
            AlarmKind.ROSTER_HOLE: KindFacts(N_("Nobody is on duty"), _SOON, ends_alone=True),
            AlarmKind.ISOLATION_EXCEPTION: KindFacts(N_("Let out of isolation by exception"), _TODAY),
            AlarmKind.OVERRIDE_RATE: KindFacts(N_("Opened by hand unusually often"), _TODAY),
            AlarmKind.GATE_STALE: KindFacts(N_("Gate behind with its registry"), _TODAY, ends_alone=True),
            AlarmKind.JOURNAL_GAP: KindFacts(N_("Journal gap not filled"), _TODAY, ends_alone=True),
            AlarmKind.RECEIPT_OVERDUE: KindFacts(
                N_("Removal not confirmed in time"), _TODAY, ends_alone=True
            ),
            AlarmKind.CLOCK_OFF: KindFacts(N_("Clock of the gate is off"), _TODAY, ends_alone=True),
            AlarmKind.THERMOMETER_DRIFT: KindFacts(N_("Thermometer drifts"), _TODAY, ends_alone=True),
            AlarmKind.COUNTED_TWICE: KindFacts(N_("One person counted in two places"), _TODAY),
            AlarmKind.DELIVERY_FAILED: KindFacts(N_("Message not delivered"), _TODAY, ends_alone=True),
            AlarmKind.VISIT_OVERDUE: KindFacts(N_("Home visit overdue"), _SOON, ends_alone=True),
        }
    )
)

SILENT: Final = frozenset(kind for kind, facts in KINDS.items() if facts.is_silent)
"""The kinds that only those see who may care for alarms at the place, of those that this version knows."""
TOLD: Final = frozenset(AlarmKind) - SILENT
"""The kinds that everybody sees who may see alarms there."""
