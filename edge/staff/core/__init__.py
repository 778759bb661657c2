"""What staff may do, what a PIN must be, how long wrong ones lock out, how long a session and a press count,
which reasons there are for an act or an appeal, which scenes an installer plays, and by what a session is
known. PURE.
"""

from edge.staff.core.appeals import AN_HOUR, APPEALS, is_appeal
from edge.staff.core.faults import FAULTS, MOST_OPEN, is_fault
from edge.staff.core.finding import FindablePeople, found, masked, name_for, people_of
from edge.staff.core.guests import (
    CODE_BYTES,
    NUMBER_DIGITS,
    GuestObjection,
    VisitorMeans,
    code_of,
    normal_name,
    objection_to,
)
from edge.staff.core.limits import (
    HOUR,
    PERSON_THERE,
    PRESS_OPEN,
    REFERRED_FOR,
    SESSION,
    is_unusual,
    within_the_hour,
)
from edge.staff.core.lockout import Lockout, after_wrong, kept, seconds_after
from edge.staff.core.names import ID, NAME, fault_of_id, fault_of_name
from edge.staff.core.pins import PinFault, fault_of_duress, fault_of_pin, pin_as_kept
from edge.staff.core.reasons import LONGEST_TYPED, OFFERED, REASONS, SETTLES, TYPED, StaffAct, is_reason
from edge.staff.core.roles import PUBLIC, Right, StaffRole, rights_of
from edge.staff.core.scenes import Scene, script_of
from edge.staff.core.secrets import digest_of
from edge.staff.core.typed import pins_in, without_pins

__all__ = [
    "AN_HOUR",
    "APPEALS",
    "CODE_BYTES",
    "FAULTS",
    "HOUR",
    "ID",
    "LONGEST_TYPED",
    "MOST_OPEN",
    "NAME",
    "NUMBER_DIGITS",
    "OFFERED",
    "PERSON_THERE",
    "PRESS_OPEN",
    "PUBLIC",
    "REASONS",
    "REFERRED_FOR",
    "SESSION",
    "SETTLES",
    "TYPED",
    "FindablePeople",
    "GuestObjection",
    "Lockout",
    "PinFault",
    "Right",
    "Scene",
    "StaffAct",
    "StaffRole",
    "VisitorMeans",
    "after_wrong",
    "code_of",
    "digest_of",
    "fault_of_duress",
    "fault_of_id",
    "fault_of_name",
    "fault_of_pin",
    "found",
    "is_appeal",
    "is_fault",
    "is_reason",
    "is_unusual",
    "kept",
    "masked",
    "name_for",
    "normal_name",
    "objection_to",
    "people_of",
    "pin_as_kept",
    "pins_in",
    "rights_of",
    "script_of",
    "seconds_after",
    "within_the_hour",
    "without_pins",
]
