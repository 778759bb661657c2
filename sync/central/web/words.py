"""What codes are called on pages: findings, and why a gate does not simply work. Others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

from edge.web.texts import N_
from sync.central.newer import OpenWords

FINDINGS: Mapping[str, str] = OpenWords(
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

LANE_REFUSALS: Mapping[str, str] = OpenWords(
    {
        "too_many_waiting": N_("eight were let in before and had not passed"),
        "interlock": N_("the other gate did not shut"),
        "interlock_open": N_("the other gate did not shut"),
        "locked": N_("the lane was locked"),
        "": N_("the lane did not open"),
    }
)
"""Why somebody was let in, and the lane did not open for them."""

FINDINGS_DO: Mapping[str, str] = OpenWords(
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

GATE_WHY: Mapping[str, str] = OpenWords(
    {
        "fire": N_("Fire input active"),
        "duress": N_("Duress at the gate"),
        "forced": N_("Barrier forced"),
        "intrusion": N_("Somebody passed a shut barrier"),
        "tamper": N_("Housing opened"),
        "wrong_attempts": N_("Many denied in a row"),
        "override_abuse": N_("Button pressed too often"),
        "staff_often": N_("Staff let in unusually many"),
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
        "staff_fault": N_("Staff report a fault"),
    }
)
"""Why a gate does not simply work (`sync.central.devices.core.gate_states.Why`)."""

ALARM_STEPS: Mapping[str, str] = OpenWords(
    {
        "raised": N_("raised"),
        "again": N_("there again"),
        "taken": N_("taken by"),
        "snoozed": N_("put off by"),
        "woke": N_("no longer put off"),
        "escalated": N_("graver: nobody cared for it"),
        "sent": N_("somebody was sent"),
        "ended": N_("its cause is gone"),
        "displaced": N_("its evidence is of another history of the journal"),
        "closed": N_("closed by"),
    }
)
"""What became of an alarm (`sync.central.alarms.core.life.StepKind`)."""

ALARM_FIGURES: Mapping[str, str] = OpenWords(
    {
        "what": N_("What"),
        "detail": N_("Detail"),
        "count": N_("Count"),
        "gates": N_("Gates"),
        "of": N_("Of all"),
        "times": N_("Times in this hour"),
        "usual": N_("Usual in this hour"),
        "presses": N_("Presses in a minute"),
        "blocked": N_("Kept open by"),
        "inside": N_("Inside"),
        "limit": N_("Limit"),
        "minutes": N_("Minutes"),
        "why": N_("Why"),
        "way": N_("Sent by"),
        "about": N_("About"),
        "words": N_("What the other side said"),
        "other": N_("Also inside"),
        "since": N_("There since"),
        "hour": N_("In the hour from"),
        "how": N_("What it was"),
        "hundredths_of_a_degree": N_("Beside its neighbours"),
    }
)
"""What the figures of an alarm are called."""

EXIT_HOWS: Mapping[str, str] = OpenWords(
    {
        "tried": N_("not let out"),
        "exception_refused": N_("not let out, though an exception is declared"),
        "exception": N_("let out by a declared exception"),
        "by_rule": N_("let out, as the policy says"),
        "unaware": N_("let out by a gate that did not know yet"),
        "unexplained": N_("let out although its registry had the order"),
    }
)
"""What an exit of somebody in isolation was (`sync.central.isolation.core.How`)."""

ALARM_HOWS: Mapping[str, str] = OpenWords({"staff": N_("staff let them out"), "passed": N_("went through")})
"""What became of an exit of somebody in isolation, beside what it was."""

MESSAGE_WAYS: Mapping[str, str] = OpenWords(
    {"page": N_("page"), "mail": N_("mail"), "webhook": N_("webhook")}
)
"""How a message goes (`sync.central.delivery.core.Way`)."""

BROKER_TROUBLES = {
    "node_gone": N_("a node of the broker is gone"),
    "node_cut_off": N_("a node of the broker does not see the others"),
    "disk_low": N_("a node lacks space on disk: nothing is taken from any gate"),
    "memory_low": N_("a node lacks memory: nothing is taken from any gate"),
    "not_quorum": N_("a queue is on one node alone"),
    "queue_full": N_("a queue is nearly full"),
    "dead_messages": N_("messages that no centre could take"),
    "kept_elsewhere": N_("another centre keeps the broker"),
    "not_managed": N_("no node answers to be managed"),
}
"""What an alarm says of the broker; `sync.central.broker.watching` makes them."""
