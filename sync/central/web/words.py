"""What codes are called on pages: reasons, means, kinds of findings. An unknown code is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sync.central.web.texts import N_

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "face_matched": N_("Face matched"),
        "code_accepted": N_("Pass valid"),
        "face_and_code_agree": N_("Face and pass agree"),
        "gate_free": N_("Gate is free"),
        "policy_missing": N_("No rules for this gate"),
        "gate_locked": N_("Gate locked"),
        "registry_missing": N_("No registry at the gate"),
        "registry_stale": N_("Registry too old"),
        "clock_untrusted": N_("Clock not trusted"),
        "staff_decides": N_("Staff decide here"),
        "journal_unavailable": N_("Gate could not write"),
        "code_required": N_("Pass needed"),
        "not_a_pass": N_("Not a pass"),
        "code_too_long": N_("Code too long"),
        "pass_unreadable": N_("Pass unreadable"),
        "pass_forged": N_("Pass forged"),
        "pass_issuer_untrusted": N_("Issuer not trusted"),
        "pass_revoked": N_("Pass revoked"),
        "pass_expired": N_("Pass expired"),
        "pass_not_yet_valid": N_("Pass not valid yet"),
        "pass_other_site": N_("Pass of another site"),
        "certificate_insufficient": N_("Certificate not enough"),
        "certificate_holder": N_("Whose certificate is unclear"),
        "pass_not_fresh": N_("Pass not fresh"),
        "pass_other_gate": N_("Pass for another gate"),
        "pass_used": N_("One-time pass used before"),
        "pass_use_unknown": N_("One-time pass: use unknown"),
        "several_codes": N_("Several passes at once"),
        "code_incomplete": N_("Part of a certificate"),
        "face_required": N_("Face needed"),
        "face_unknown": N_("Not recognised"),
        "face_ambiguous": N_("Two people alike"),
        "face_too_small": N_("Face too far away"),
        "face_too_dark": N_("Face too dark"),
        "face_too_bright": N_("Face too bright"),
        "face_blurred": N_("Face blurred"),
        "face_turned_away": N_("Face turned away"),
        "face_tilted": N_("Face tilted"),
        "face_too_close": N_("Face too close"),
        "face_cut_off": N_("Face cut off"),
        "face_backlit": N_("Face against the light"),
        "face_low_contrast": N_("Face without contrast"),
        "face_covered": N_("Face covered"),
        "face_masked": N_("Mask worn"),
        "face_sunglasses": N_("Sunglasses worn"),
        "several_faces": N_("Several faces"),
        "face_not_live": N_("No living face"),
        "face_liveness_unmeasured": N_("Living face not measured"),
        "face_unanswered": N_("Did not do as asked"),
        "turn_left": N_("Asked to turn left"),
        "turn_right": N_("Asked to turn right"),
        "close_eyes": N_("Asked to close the eyes"),
        "face_not_enrolled": N_("No face on record"),
        "face_code_mismatch": N_("Face and pass differ"),
        "second_factor_required": N_("Second proof needed"),
        "nobody_seen": N_("Nobody seen"),
        "subject_unknown": N_("Not in the registry"),
        "subject_not_yet_valid": N_("Right begins later"),
        "subject_expired": N_("Right has ended"),
        "home_isolation": N_("Home isolation"),
        "status_yellow": N_("Health code yellow"),
        "status_red": N_("Health code red"),
        "status_green": N_("Health code green"),
        "status_expired": N_("Health code expired (not red)"),
        "status_absent": N_("No health code (not red)"),
        "status_failed": N_("Health code check failed (not red)"),
        "status_timeout": N_("Health code timed out (not red)"),
        "group_not_allowed": N_("Group not allowed here"),
        "outside_hours": N_("Outside the hours"),
        "temperature_high": N_("Temperature high"),
        "site_full": N_("Site full"),
        "anti_passback": N_("Passed the same way before"),
        "test_code": N_("Probe, opens nothing"),
        "override": N_("Opened by the button"),
        "staff": N_("Opened by staff"),
        "duress": N_("Opened under duress"),
    }
)
"""Of each reason (`edge.decision.Reason`), and of each cause by which a person opens."""

MEANS: Mapping[str, str] = MappingProxyType(
    {
        "face": N_("Face"),
        "code": N_("Pass"),
        "both": N_("Face and pass"),
        "nothing": N_("Nothing shown"),
        "staff": N_("By hand"),
    }
)

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "missing": N_("Events lost at the gate"),
        "forked": N_("Two histories under one number"),
        "cloned": N_("A second device uses its epoch"),
        "broken": N_("An event does not follow the one before"),
        "reused": N_("One-time pass used at two gates"),
        "altered": N_("Events were altered on the way"),
        "shared": N_("Two processes use one identity"),
        "flooding": N_("Sends more than its share"),
        "unreadable": N_("Cannot be stored"),
    }
)

FINDINGS_DO: Mapping[str, str] = MappingProxyType(
    {
        "missing": N_("Look at the gate's salvaged file."),
        "forked": N_("Find the copied card."),
        "cloned": N_("Find the copied card."),
        "broken": N_("Somebody changed the gate's file: look at the gate."),
        "reused": N_("Look at both accesses."),
        "altered": N_("Where it does not end: bad memory, or somebody has the device's key."),
        "shared": N_("Find the copied card, or the sync process that runs twice."),
        "flooding": N_("Look at the device; revoke it if it means harm."),
        "unreadable": N_("Send the log's lines to the makers; look at the device."),
    }
)

GATE_WHY: Mapping[str, str] = MappingProxyType(
    {
        "fire": N_("Fire input active"),
        "duress": N_("Duress button pressed"),
        "forced": N_("Barrier forced"),
        "intrusion": N_("Somebody passed a shut barrier"),
        "tamper": N_("Housing opened"),
        "wrong_attempts": N_("Many denied in a row"),
        "override_abuse": N_("Button pressed too often"),
        "suspended": N_("Out of service"),
        "never_seen": N_("Never heard"),
        "no_link": N_("No link"),
        "finding": N_("Finding"),
        "reported": N_("Gate reports an alarm"),
        "probe_failed": N_("Probe failed"),
        "probe_late": N_("No probe"),
        "barrier": N_("Barrier fault"),
        "camera": N_("Camera sees nothing"),
        "never_probed": N_("Not probed yet"),
        "gap": N_("Events missing"),
        "registry_old": N_("Registry behind"),
        "registry_expired": N_("Registry expired"),
        "receipt_overdue": N_("Receipt overdue"),
        "clock": N_("Clock not trusted"),
        "held_too_long": N_("Held open too long"),
        "power": N_("On battery"),
        "locked": N_("Locked"),
        "sensor": N_("Sensor fault"),
        "thermometer": N_("Thermometer off"),
    }
)
"""Why a gate does not simply work (`sync.central.devices.core.gate_state.Why`)."""
