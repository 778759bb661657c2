"""What dispatch says on pages: states, ends, outcomes, and the words of the worker's phone."""

from __future__ import annotations

from collections.abc import Mapping

from edge.web.texts import N_
from sync.central.newer import OpenWords

OUTCOME_WORDS: Mapping[str, str] = OpenWords(
    {
        "repaired": N_("Repaired, shut again"),
        "closed_lane": N_("Lane closed, people led to the next"),
        "false_alarm": N_("False alarm"),
        "emergency_called": N_("Emergency services called"),
        "met": N_("Met at home"),
        "sent_home": N_("Went home again"),
        "not_found": N_("Nobody there"),
        "other": N_("Something else"),
    }
)
"""What came of a task (`sync.central.dispatch.core.assignments`)."""

STUCK_WORDS: Mapping[str, str] = OpenWords(
    {
        "nobody_on_duty": N_("Nobody is on duty for this place"),
        "nobody_answered": N_("Nobody who was asked has answered"),
        "waits_for_duty": N_("Waits for who comes on duty next"),
        "shift_over": N_("Off duty by now, and not done: call, or send the next"),
        "not_delivered": N_("Messages did not arrive: who was asked may not know"),
    }
)

ACT_WORDS: Mapping[str, str] = OpenWords(
    {
        "accept": N_("Accepted"),
        "on_way": N_("On the way"),
        "arrive": N_("Arrived"),
        "done": N_("Done"),
    }
)
"""The steps of a task, as the phone lists them."""

CONFLICT_WORDS: Mapping[str, str] = OpenWords(
    {
        "somebody_elses": N_("{what}: what you did at {time} came too late. Somebody else has it."),
        "taken_back": N_("{what}: it is over by itself. You need not go. What you did at {time} is kept."),
        "done_already": N_("{what}: it is closed already. What you did at {time} is kept."),
        "refused": N_("{what}: what you did at {time} was not taken. Call the centre."),
    }
)
"""What the phone says of what came too late; {what} and {time} are filled in there."""

PHONE_WORDS: Mapping[str, str] = OpenWords(
    {
        "title": N_("Tasks"),
        "on_duty": N_("{name} · on duty to {time}"),
        "off_duty": N_("{name} · off duty since {time}"),
        "signed_out": N_("This phone has no tasks open: the shift is over. Each new task brings a link."),
        "not_yet": N_("There is no network, and this phone has no tasks yet."),
        "nothing": N_("Nothing to do now. You are on duty to {time}; a task appears here by itself."),
        "urgent": N_("Urgent · for you"),
        "for_you": N_("For you"),
        "place": N_("Where"),
        "since": N_("Since"),
        "room": N_("Room"),
        "phone": N_("Centre"),
        "take": N_("I take it and go"),
        "go": N_("I go now"),
        "cannot": N_("I cannot: to the next"),
        "there": N_("I am there"),
        "close": N_("Close the task"),
        "close_kept": N_("Close; kept in the phone"),
        "what_was_done": N_("What was done"),
        "note": N_("In a sentence, without names"),
        "choose": N_("Choose what was done; for something else, write it in a sentence."),
        "left": N_("since it was sent; {time} left to take it, then the next is asked"),
        "late": N_("since it was sent; somebody else may be asked by now"),
        "more": N_("And {count} more after this one."),
        "no_network": N_("No network"),
        "offline": N_("No network since {time}. Go on as usual."),
        "kept": N_("{count} kept in the phone, waits for a link; the oldest of {time}."),
    }
)
"""What the worker's page says."""
