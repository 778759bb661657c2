"""What an alarm is: its kinds, what leads to one, the rules, and its life from first to last. PURE."""

from sync.central.alarms.core.cues import Cue, Evidence, bounded, text_of
from sync.central.alarms.core.kinds import KINDS, SILENT, AlarmKind, Severity
from sync.central.alarms.core.life import (
    AGAIN_WITHIN,
    AlarmLife,
    Heard,
    NotAllowed,
    Signal,
    StepKind,
    aged,
    close,
    hear,
    send,
    snooze,
    take,
)
from sync.central.alarms.core.parameters import Parameter, in_unit, parameters_of, read
from sync.central.alarms.core.patterns import (
    Denial,
    denied_at_most_gates,
    is_of_key_area,
    is_unusual,
    key_of_person,
    named_by,
    stretches,
)
from sync.central.alarms.core.rules import EVERY_DAY, SHIPPED, AlarmRule, RuleHours, Settings, governing
from sync.central.alarms.core.states import OF_STATES, SeenGate, cues_of_states, deafness
from sync.central.alarms.core.telling import TELLING, cues_of

__all__ = [
    "AGAIN_WITHIN",
    "EVERY_DAY",
    "KINDS",
    "OF_STATES",
    "SHIPPED",
    "SILENT",
    "TELLING",
    "AlarmKind",
    "AlarmLife",
    "AlarmRule",
    "Cue",
    "Denial",
    "Evidence",
    "Heard",
    "NotAllowed",
    "Parameter",
    "RuleHours",
    "SeenGate",
    "Settings",
    "Severity",
    "Signal",
    "StepKind",
    "aged",
    "bounded",
    "close",
    "cues_of",
    "cues_of_states",
    "deafness",
    "denied_at_most_gates",
    "governing",
    "hear",
    "in_unit",
    "is_of_key_area",
    "is_unusual",
    "key_of_person",
    "named_by",
    "parameters_of",
    "read",
    "send",
    "snooze",
    "stretches",
    "take",
    "text_of",
]
