"""What the events of a gate's journal are called on its page, and what they say there. A code without words
is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from edge.journal.format import NAMING_FIELDS, Entry
from edge.web.texts import N_

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "access_decided": N_("Decision"),
        "gate_started": N_("Gate started"),
        "gate_stopped": N_("Gate stopped"),
        "registry_installed": N_("Registry installed"),
        "registry_refused": N_("Registry refused"),
        "registry_expired": N_("Registry expired"),
        "revocations_installed": N_("Revocations installed"),
        "list_installed": N_("List installed"),
        "clock_confirmed": N_("Clock confirmed"),
        "clock_unsure": N_("Clock unsure"),
        "clock_disagrees": N_("Clock disagrees"),
        "camera_state": N_("Camera"),
        "command_taken": N_("Command taken"),
        "command_result": N_("Command done"),
        "command_refused": N_("Command refused"),
        "occupancy_warned": N_("First limit reached"),
        "occupancy_stopped": N_("Site full"),
        "occupancy_relieved": N_("Fewer inside"),
        "encounter_undecided": N_("Left undecided"),
        "lane_opened": N_("Barrier opens"),
        "lane_closed": N_("Barrier closed"),
        "lane_passed": N_("Passed"),
        "lane_no_entry": N_("Did not pass"),
        "lane_override": N_("Button pressed"),
        "lane_held_open_by_staff": N_("Held open by staff"),
        "lane_forced": N_("Barrier forced"),
        "lane_tailgating": N_("Second person on one grant"),
        "lane_intrusion": N_("Somebody passed a shut barrier"),
        "lane_locked": N_("Locked"),
        "lane_unlocked": N_("Unlocked"),
        "lane_fault": N_("Lane fault"),
        "probe_decided": N_("Probe"),
        "still_before_gate": N_("Still before the gate"),
        "code_flood": N_("More codes than are read"),
        "removal_confirmed": N_("Removal confirmed"),
        "removal_unfinished": N_("Removal not finished"),
        "face_thresholds": N_("What a face needs"),
        "list_refused": N_("List refused"),
        "vision_failed": N_("Camera process failed"),
        "vision_report_refused": N_("Camera report refused"),
        "vision_not_confined": N_("Camera process not confined"),
        "thermometer_state": N_("Thermometer"),
        "occupancy_reset": N_("A day of counting ended"),
        "occupancy_corrected": N_("Count corrected"),
        "counts_unsure": N_("Count unsure"),
        "counts_refused": N_("Another gate's count refused"),
        "anti_passback": N_("Same way twice"),
        "entries_released": N_("Entries free again"),
        "standing_orders_damaged": N_("Orders could not be read"),
        "journal_salvaged": N_("Journal salvaged"),
        "journal_recovered": N_("Journal can be written again"),
        "journal_epoch_begun": N_("Journal begun anew"),
        "used_passes_unknown": N_("Used passes unknown"),
        "acknowledgement_refused": N_("Acknowledgement refused"),
        "staff_signed_in": N_("Staff signed in"),
        "staff_sign_in_refused": N_("Staff sign-in refused"),
        "staff_locked_out": N_("Staff account locked"),
        "staff_signed_out": N_("Staff signed out"),
        "staff_duress": N_("Duress word used"),
        "staff_changed": N_("Staff account changed"),
        "staff_file_damaged": N_("Staff accounts cannot be read"),
        "shift_begun": N_("Shift begun"),
        "shift_handed_over": N_("Shift handed over"),
        "shift_ended": N_("Shift ended"),
        "staff_act_taken": N_("Act of staff"),
        "staff_act_refused": N_("Act of staff refused"),
        "staff_act_corrected": N_("Reason corrected"),
        "press_named": N_("Press of the button named"),
        "press_unnamed": N_("Press of the button not named"),
        "face_mistaken": N_("Face mistaken"),
        "face_doubt_ended": N_("Face counts alone again"),
        "near_miss_offered": N_("New pictures offered"),
        "visitor_registered": N_("Visitor registered"),
        "visitor_ended": N_("Visit ended"),
        "gate_fault_reported": N_("Fault reported"),
        "gate_fault_settled": N_("Fault settled"),
        "person_looked_at": N_("Resident looked up"),
        "appeal_filed": N_("Appeal filed"),
        "enrolment_requested": N_("Enrolment asked for"),
        "enrolment_answered": N_("Enrolment answered"),
        "consent_given": N_("Consent given"),
        "consent_withdrawn": N_("Consent withdrawn"),
        "installer_tested": N_("Installer's test"),
        "scanner_state": N_("Scanner"),
        "keypad_locked_out": N_("Keypad locked"),
        "software_update_ended": N_("Software update"),
        "lane_found_open": N_("Barrier found open"),
        "lane_found_unknown": N_("Barrier's position unknown"),
        "lane_held_too_long": N_("Held open too long"),
        "lane_hold_ended": N_("Hold ended"),
        "lane_reopened": N_("Barrier reopened"),
        "lane_reset": N_("Lane reset"),
        "lane_diagnosis": N_("Lane diagnosis"),
        "lane_obstructed": N_("Something in the way"),
        "lane_fire": N_("Fire input active"),
        "lane_fire_ended": N_("Fire input ended"),
        "lane_interlock_overridden": N_("Interlock overridden"),
        "lane_override_stuck": N_("Button stuck"),
        "lane_override_abuse": N_("Button pressed too often"),
        "lane_shift": N_("Shift changed"),
        "lane_duress": N_("Duress button pressed"),
        "lane_exit_requested": N_("Exit button pressed"),
        "lane_tamper": N_("Housing opened"),
        "lane_tamper_ended": N_("Housing closed"),
        "lane_power_lost": N_("On battery"),
        "lane_power_restored": N_("Power is back"),
        "lane_sensor_fault": N_("Sensor fault"),
        "lane_sensor_cleared": N_("Sensor works again"),
        "lane_grant_refused": N_("Lane refused a grant"),
        "lane_wrong_direction": N_("Passed the wrong way"),
        "lane_crawl_back": N_("Went back"),
        "lane_unclear": N_("Passage unclear"),
        "lane_wrong_attempts": N_("Many denied in a row"),
        "lane_repeated": N_("Said many times"),
    }
)
"""Of each kind of event."""

_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "version": N_("version"),
        "registry": N_("registry"),
        "number": N_("number"),
        "missing": N_("missing"),
        "seconds": N_("seconds"),
        "frames": N_("frames"),
        "prompts": N_("prompts"),
        "times": N_("times"),
        "ignored": N_("ignored"),
        "code": N_("pass"),
        "camera": N_("camera"),
        "took": N_("ms"),
        "wrong": N_("wrong"),
        "findings": N_("findings"),
        "restarts": N_("restarts"),
        "templates": N_("faces"),
        "list": N_("list"),
        "off": N_("seconds off"),
        "synchronised": N_("time server"),
        "inside": N_("inside"),
        "limit": N_("limit"),
        "besides": N_("more"),
        "presses": N_("presses"),
        "shift": N_("shift"),
        "before": N_("before"),
        "who": N_("now"),
        "staff": N_("by"),
        "member": N_("of"),
        "attempts": N_("attempts"),
        "about": N_("about"),
        "press": N_("press"),
        "over": N_("unusual"),
        "until": N_("until"),
        "uses": N_("uses"),
        "by": N_("by"),
        "held_by": N_("held by"),
        "actor": N_("by"),
        "sensor": N_("sensor"),
        "blocked": N_("blocked by"),
        "count": N_("count"),
        "refused": N_("refused"),
        "waits": N_("waits"),
        "gate": N_("gate"),
        "places": N_("still at"),
        "locked": N_("locked"),
        "damaged": N_("damaged"),
        "kept": N_("kept"),
        "missed": N_("missed"),
        "of": N_("of"),
    }
)
"""What stands before a value; of other fields the value says enough."""

_WAYS = {
    "entry": N_("in"),
    "exit": N_("out"),
}
CAUSES = {
    "grant": N_("let through"),
    "override": N_("by the button"),
    "duress": N_("under duress"),
    "exit_request": N_("by the exit button"),
    "staff": N_("by staff"),
    "fire": N_("fire"),
    "obstacle": N_("something in the way"),
    # Where it stood open for nobody in particular: what the barrier was doing.
    "closed": N_("closed"),
    "opening": N_("opening"),
    "open": N_("standing open"),
    "closing": N_("closing"),
    "held_too_long": N_("held open too long"),
    "held_open_by_staff": N_("held open by staff"),
    "forced": N_("forced open"),
    "obstructed": N_("something in the way"),
    "warning": N_("about to close"),
    "halted": N_("stopped halfway"),
    "locked": N_("locked"),
    "fault": N_("in fault"),
}
_COUNTED = {
    "counted": N_("counted"),
    "estimated": N_("estimated"),
}
_MODES = {
    "face": N_("face"),
    "code": N_("pass"),
    "face_or_code": N_("face or pass"),
    "face_and_code": N_("face and pass"),
    "staffed": N_("staff decide"),
    "free": N_("open to all"),
    "locked": N_("locked"),
}
_PASSES = {
    "genuine": N_("genuine"),
    "forged": N_("forged"),
    "expired": N_("expired"),
    "revoked": N_("revoked"),
    "untrusted_issuer": N_("issuer not trusted"),
    "unreadable": N_("unreadable"),
}
_CAMERA = {
    "opening": N_("opening"),
    "streaming": N_("sees"),
    "stalled": N_("stands still"),
    "gone": N_("gone"),
    "blind": N_("sees nothing"),
    "finished": N_("finished"),
}
_OUTCOMES = {
    "done": N_("done"),
    "failed": N_("failed"),
    "repeated": N_("came before"),
    "older": N_("older than another"),
    "late": N_("too late"),
    "unsure": N_("gate unsure of the time"),
    "unknown": N_("not known there"),
    "unavailable": N_("store not readable"),
    "refused": N_("refused"),
}
_YES_OR_NO = {
    "True": N_("yes"),
    "False": N_("no"),
}
_ACTS = {
    "let_in": N_("let in once"),
    "hold_open": N_("hold open"),
    "end_hold": N_("end the hold"),
    "lock": N_("lock"),
    "unlock": N_("unlock"),
    "send_away": N_("sent away"),
}
_LEVELS = {
    "room": N_("room"),
    "warned": N_("first limit"),
    "stopped": N_("full"),
}
_VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "direction": _WAYS,
        "cause": CAUSES,
        "counted": _COUNTED,
        "certainty": _COUNTED,
        "mode": _MODES,
        "code": _PASSES,
        "state": _CAMERA,
        "camera": _CAMERA,
        "outcome": _OUTCOMES,
        "level": _LEVELS,
        "act": _ACTS,
        "over": _YES_OR_NO,
        "synchronised": _YES_OR_NO,
        "locked": _YES_OR_NO,
    }
)
_HIDDEN = frozenset(
    {
        *NAMING_FIELDS,  # whose pages show them, for a purpose
        # They are for machines: the journal's file has them.
        *(
            "configuration",
            "nonce",
            "issuer",
            "counter",
            "challenge",
            "epoch",
            "hash",
            "sequence",
            "key",
            "request",
        ),
    }
)
_LONGEST, _LONGEST_VALUE = 160, 60


def in_words(entry: Entry, spoken: Callable[[str], str]) -> str:
    """What an event says, in words that `spoken` translates, without whom it names."""
    said = entry.shown
    return said[:_LONGEST_VALUE] if isinstance(said, str) else fields_in_words(said, spoken)


def fields_in_words(said: Mapping[str, object], spoken: Callable[[str], str]) -> str:
    """What the fields of an event say, in words that `spoken` translates, without whom they name."""
    return " · ".join(_said(said, spoken))[:_LONGEST]


def _said(said: Mapping[str, object], spoken: Callable[[str], str]) -> Iterator[str]:
    for name, value in said.items():
        shown = "" if name in _HIDDEN else _shown(name, value, spoken)
        if shown:
            yield f"{spoken(_FIELDS[name])} {shown}" if name in _FIELDS else shown


def _shown(name: str, value: object, spoken: Callable[[str], str]) -> str:
    """A value in words; "" where it has more to say than fits a line."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if not isinstance(value, (str, int, float)) or len(str(value)) > _LONGEST_VALUE:
        return ""
    word = _VALUES.get(name, {}).get(str(value))
    return str(value) if word is None else spoken(word)
