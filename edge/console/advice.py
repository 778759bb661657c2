"""What staff do for which reason, on one page: a title, the reasons that it is for, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from edge.decision import Reason
from edge.web.texts import N_


@dataclass(frozen=True)
class Advice:
    """What to do where a decision has one of these `reasons`."""

    title: str
    reasons: tuple[Reason, ...]
    do: tuple[str, ...]


ADVICE = (
    Advice(
        N_("They may pass"),
        (Reason.FACE_MATCHED, Reason.CODE_ACCEPTED, Reason.FACE_AND_CODE_AGREE, Reason.GATE_FREE),
        (
            N_("Nothing. If it is not the person whose name is shown, say so under the match on Now."),
            N_("If the barrier does not open, press the wired button and report the fault."),
        ),
    ),
    Advice(
        N_("The gate lacks something"),
        (
            *(Reason.POLICY_MISSING, Reason.REGISTRY_MISSING, Reason.REGISTRY_STALE),
            *(Reason.CLOCK_UNTRUSTED, Reason.JOURNAL_UNAVAILABLE),
        ),
        (
            N_("It is the gate, not the person. Look at papers, and let in by name and with a reason."),
            N_("Report the fault; the centre or the installer mends it."),
        ),
    ),
    Advice(
        N_("The gate is locked"),
        (Reason.GATE_LOCKED, Reason.LOCKED_DOWN),
        (
            N_("Nobody is let in here. Send people to the main gate. Who locked it ends it: see Now."),
            N_("Locked here by staff: Unlock on Now ends it, and one person is let in by name meanwhile."),
        ),
    ),
    Advice(
        N_("You decide"),
        (Reason.STAFF_DECIDES,),
        (N_("Compare face and papers, ask where they go, then let in once with a reason, or send away."),),
    ),
    Advice(
        N_("No pass, or not a pass"),
        (
            *(Reason.CODE_REQUIRED, Reason.NOT_A_PASS, Reason.CODE_TOO_LONG, Reason.PASS_UNREADABLE),
            *(Reason.SEVERAL_CODES, Reason.CODE_INCOMPLETE, Reason.TEST_CODE),
        ),
        (
            N_("Ask for the pass of this site, one at a time, the screen bright and a hand's width away."),
            N_("Without one: find the resident by name or room, and see whether they may pass."),
        ),
    ),
    Advice(
        N_("The pass does not count"),
        (
            *(Reason.PASS_REVOKED, Reason.PASS_EXPIRED, Reason.PASS_NOT_YET_VALID, Reason.PASS_OTHER_SITE),
            *(Reason.PASS_OTHER_GATE, Reason.PASS_NOT_FRESH, Reason.PASS_USED, Reason.PASS_USE_UNKNOWN),
        ),
        (
            N_("A picture of a pass does not count: ask them to open it on the phone."),
            N_("Else call the resident, and register the visitor here, or have a new pass made."),
        ),
    ),
    Advice(
        N_("The pass may be forged"),
        (Reason.PASS_FORGED, Reason.PASS_ISSUER_UNTRUSTED),
        (
            N_("Do not let in by that pass. Ask politely who gave it to them: most were deceived."),
            N_("Find them by name and look at papers. Tell the centre: it sees the same event."),
        ),
    ),
    Advice(
        N_("A number was typed"),
        (Reason.CODE_UNKNOWN, Reason.KEYPAD_RESTS),
        (
            N_("Have them read the number to you, digit by digit: most are mistyped."),
            N_("While the keypad rests no number counts. Call the resident, and let in with a reason."),
        ),
    ),
    Advice(
        N_("A health certificate"),
        (Reason.CERTIFICATE_INSUFFICIENT, Reason.CERTIFICATE_HOLDER),
        (N_("Compare name and date of birth with their papers. What counts here says the policy."),),
    ),
    Advice(
        N_("The face is not seen well"),
        (
            *(Reason.FACE_REQUIRED, Reason.FACE_TOO_SMALL, Reason.FACE_TOO_DARK, Reason.FACE_TOO_BRIGHT),
            *(Reason.FACE_BLURRED, Reason.FACE_TURNED_AWAY, Reason.FACE_TILTED, Reason.FACE_TOO_CLOSE),
            *(Reason.FACE_CUT_OFF, Reason.FACE_BACKLIT, Reason.FACE_LOW_CONTRAST, Reason.FACE_COVERED),
            *(Reason.FACE_MASKED, Reason.FACE_SUNGLASSES, Reason.SEVERAL_FACES, Reason.TURN_LEFT),
            *(Reason.TURN_RIGHT, Reason.CLOSE_EYES, Reason.FACE_UNANSWERED, Reason.NOBODY_SEEN),
            Reason.FACE_LIVENESS_UNMEASURED,
        ),
        (
            N_("Ask them to stand alone on the mark, look at the camera and take off what covers the face."),
            N_("A face is never the only way: a pass, a number, or you."),
            N_("If it happens to many: light, dirt or a moved camera. Report the fault."),
        ),
    ),
    Advice(
        N_("The face is not known, or not sure"),
        (
            *(Reason.FACE_UNKNOWN, Reason.FACE_AMBIGUOUS, Reason.FACE_NOT_ENROLLED),
            *(Reason.FACE_CODE_MISMATCH, Reason.SECOND_FACTOR_REQUIRED, Reason.FACE_NOT_LIVE),
        ),
        (
            N_("Ask for their pass. Twins and look-alikes need it every time."),
            N_("A pass that is another's: ask whose it is; do not let in by it."),
            N_("A resident whose face is often not known is enrolled anew: tab Enrol."),
        ),
    ),
    Advice(
        N_("Not in the registry, or the right has ended"),
        (
            *(Reason.SUBJECT_UNKNOWN, Reason.SUBJECT_NOT_YET_VALID, Reason.SUBJECT_EXPIRED),
            *(Reason.GROUP_NOT_ALLOWED, Reason.OUTSIDE_HOURS),
        ),
        (
            N_("Call the community office or the resident. With their word register a visitor."),
            N_("Outside the hours: the way round, or later. Emergencies are let in with that reason."),
        ),
    ),
    Advice(
        N_("Home isolation"),
        (Reason.HOME_ISOLATION,),
        (
            N_("Speak quietly, from a distance. Call the community office: it knows the exceptions."),
            N_("An ambulance and who needs one always pass."),
        ),
    ),
    Advice(
        N_("Health code yellow or red"),
        (Reason.STATUS_YELLOW, Reason.STATUS_RED),
        (
            N_("Say it to them alone, never aloud. Show the rule and since when; they may appeal."),
            N_("Call the community office, and ask them to wait aside with a mask."),
        ),
    ),
    Advice(
        N_("No health code: not red"),
        (Reason.STATUS_EXPIRED, Reason.STATUS_ABSENT, Reason.STATUS_FAILED, Reason.STATUS_TIMEOUT),
        (
            N_("It says nothing against them. Ask them to renew it, or wait a minute and show it again."),
            N_("Where the service fails for all, the policy and the centre say what holds."),
        ),
    ),
    Advice(
        N_("Health code green, and yet not let in"),
        (Reason.STATUS_GREEN,),
        (N_("The site's rules admit nobody of that kind now. Call the centre."),),
    ),
    Advice(
        N_("Temperature"),
        (Reason.TEMPERATURE_HIGH,),
        (
            N_("Have them rest in the shade for five minutes, then measure again."),
            N_("Twice high: ask them to wait aside, and call the community office. It is no diagnosis."),
        ),
    ),
    Advice(
        N_("The site is full, entries are held, or they came in already"),
        (Reason.SITE_FULL, Reason.ENTRIES_HELD, Reason.ANTI_PASSBACK),
        (
            N_("Full: hold the line outside; who leaves makes room. Exits stay free."),
            N_("Held by the centre: until when and why stands on the page Now. It ends by itself."),
            N_("Came in already: was the pass handed over the fence? Ask for papers before you let in."),
        ),
    ),
)
"""Everything a decision can be for, in the order in which it helps."""
