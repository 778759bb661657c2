"""Which kinds of event there are. What each says is its struct's to tell, in the modules beside this one."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from edge.signing.cose import CborLimits

MOST_BODY_BYTES = 16 * 1024
BODY = CborLimits(MOST_BODY_BYTES, depth=8, items=4096)
"""What a body may be: a salvage's event names 400 gaps."""


class EventKind(StrEnum):
    """What happened. A kind, once released, keeps its meaning; later versions add kinds.

    A new one costs a word here, a struct with that `kind` in the module beside this one that it belongs to
    (its docstring and fields become its line in docs/journal.md), and its name in this package's door.
    """

    GATE_STARTED = "gate_started"
    GATE_STOPPED = "gate_stopped"
    ACCESS_DECIDED = "access_decided"
    STILL_BEFORE_GATE = "still_before_gate"
    ENCOUNTER_UNDECIDED = "encounter_undecided"
    REGISTRY_INSTALLED = "registry_installed"
    REGISTRY_REFUSED = "registry_refused"
    REGISTRY_EXPIRED = "registry_expired"
    REVOCATIONS_INSTALLED = "revocations_installed"
    REMOVAL_CONFIRMED = "removal_confirmed"
    REMOVAL_UNFINISHED = "removal_unfinished"
    FACE_THRESHOLDS = "face_thresholds"
    LIST_INSTALLED = "list_installed"
    LIST_REFUSED = "list_refused"
    CODE_FLOOD = "code_flood"
    PROBE_DECIDED = "probe_decided"
    CLOCK_CONFIRMED = "clock_confirmed"
    CLOCK_DISAGREES = "clock_disagrees"
    CLOCK_UNSURE = "clock_unsure"
    CAMERA_STATE = "camera_state"
    VISION_FAILED = "vision_failed"
    VISION_REPORT_REFUSED = "vision_report_refused"
    VISION_NOT_CONFINED = "vision_not_confined"
    OCCUPANCY_WARNED = "occupancy_warned"
    OCCUPANCY_STOPPED = "occupancy_stopped"
    OCCUPANCY_RELIEVED = "occupancy_relieved"
    OCCUPANCY_RESET = "occupancy_reset"
    OCCUPANCY_CORRECTED = "occupancy_corrected"
    COUNTS_UNSURE = "counts_unsure"
    COUNTS_REFUSED = "counts_refused"
    ANTI_PASSBACK = "anti_passback"
    THERMOMETER_STATE = "thermometer_state"
    JOURNAL_SALVAGED = "journal_salvaged"
    JOURNAL_RECOVERED = "journal_recovered"
    JOURNAL_EPOCH_BEGUN = "journal_epoch_begun"
    USED_PASSES_UNKNOWN = "used_passes_unknown"
    COMMAND_TAKEN = "command_taken"
    COMMAND_RESULT = "command_result"
    COMMAND_REFUSED = "command_refused"
    ENTRIES_RELEASED = "entries_released"
    STANDING_ORDERS_DAMAGED = "standing_orders_damaged"
    ACKNOWLEDGEMENT_REFUSED = "acknowledgement_refused"
    STAFF_SIGNED_IN = "staff_signed_in"
    STAFF_SIGN_IN_REFUSED = "staff_sign_in_refused"
    STAFF_LOCKED_OUT = "staff_locked_out"
    STAFF_SIGNED_OUT = "staff_signed_out"
    STAFF_DURESS = "staff_duress"
    STAFF_CHANGED = "staff_changed"
    STAFF_FILE_DAMAGED = "staff_file_damaged"
    SHIFT_BEGUN = "shift_begun"
    SHIFT_HANDED_OVER = "shift_handed_over"
    SHIFT_ENDED = "shift_ended"
    STAFF_ACT_TAKEN = "staff_act_taken"
    STAFF_ACT_REFUSED = "staff_act_refused"
    STAFF_ACT_CORRECTED = "staff_act_corrected"
    PRESS_NAMED = "press_named"
    PRESS_UNNAMED = "press_unnamed"
    FACE_MISTAKEN = "face_mistaken"
    FACE_DOUBT_ENDED = "face_doubt_ended"
    NEAR_MISS_OFFERED = "near_miss_offered"
    VISITOR_REGISTERED = "visitor_registered"
    VISITOR_ENDED = "visitor_ended"
    GATE_FAULT_REPORTED = "gate_fault_reported"
    GATE_FAULT_SETTLED = "gate_fault_settled"
    PERSON_LOOKED_AT = "person_looked_at"
    APPEAL_FILED = "appeal_filed"
    ENROLMENT_REQUESTED = "enrolment_requested"
    ENROLMENT_ANSWERED = "enrolment_answered"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    INSTALLER_TESTED = "installer_tested"
    SCANNER_STATE = "scanner_state"
    KEYPAD_LOCKED_OUT = "keypad_locked_out"
    SOFTWARE_UPDATE_ENDED = "software_update_ended"


class LaneEvent(StrEnum):
    """What the lane reports. The same holds for these kinds."""

    FOUND_OPEN = "lane_found_open"
    FOUND_UNKNOWN = "lane_found_unknown"
    OPENED = "lane_opened"
    CLOSED = "lane_closed"
    HELD_TOO_LONG = "lane_held_too_long"
    HELD_OPEN_BY_STAFF = "lane_held_open_by_staff"
    HOLD_ENDED = "lane_hold_ended"
    FORCED = "lane_forced"
    REOPENED = "lane_reopened"
    RESET = "lane_reset"
    DIAGNOSIS = "lane_diagnosis"
    OBSTRUCTED = "lane_obstructed"
    FAULT = "lane_fault"
    FIRE = "lane_fire"
    FIRE_ENDED = "lane_fire_ended"
    LOCKED = "lane_locked"
    UNLOCKED = "lane_unlocked"
    OVERRIDE = "lane_override"
    OVERRIDE_STUCK = "lane_override_stuck"
    SHIFT = "lane_shift"
    OVERRIDE_ABUSE = "lane_override_abuse"
    DURESS = "lane_duress"
    EXIT_REQUESTED = "lane_exit_requested"
    TAMPER = "lane_tamper"
    TAMPER_ENDED = "lane_tamper_ended"
    POWER_LOST = "lane_power_lost"
    POWER_RESTORED = "lane_power_restored"
    GRANT_REFUSED = "lane_grant_refused"
    PASSED = "lane_passed"
    NO_ENTRY = "lane_no_entry"
    TAILGATING = "lane_tailgating"
    WRONG_DIRECTION = "lane_wrong_direction"
    CRAWL_BACK = "lane_crawl_back"
    INTRUSION = "lane_intrusion"
    UNCLEAR = "lane_unclear"
    INTERLOCK_OVERRIDDEN = "lane_interlock_overridden"
    WRONG_ATTEMPTS = "lane_wrong_attempts"
    SENSOR_FAULT = "lane_sensor_fault"
    SENSOR_CLEARED = "lane_sensor_cleared"
    REPEATED = "lane_repeated"


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an event says besides its place in the chain; each kind is one struct.

    Its fields are the keys of the stored map (`edge.journal.format.body`). A field that has its default is
    not written; so a later version may add a field with a default, and still read what this one wrote.
    Codes whose list lies in a part above (why a lane opened, what a camera's state is) are text here.
    """

    kind: ClassVar[EventKind | LaneEvent]


Told = tuple[str, bytes]
"""An event's kind, and what it says as the bytes that the chain hashes."""
