"""The words of an enrolment: steps, six rows, one instruction, why it ended, what became of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.console.showing_now import CAMERA
from edge.decision import Cover, FaceProblem
from edge.staff.protocol.enrolment import EnrolmentShown, RowShown
from edge.web.texts import N_

_TURNED = 15
Say = Callable[..., str]

STEPS = (
    ("consent", N_("Consent")),
    ("pictures", N_("Pictures")),
    ("check", N_("Check")),
    ("done", N_("Done")),
)

ENDED: Mapping[str, str] = {
    "too_long": N_("It took more than ten minutes and has ended. Nothing was kept."),
    "tablet_left": N_("The tablet said nothing for a minute, and it has ended. Nothing was kept."),
    "ended": N_("It was ended. Nothing was kept that was not asked for."),
    "refused": N_("They do not consent: no face is enrolled. Code, card and staff let them in as before."),
    "same_person": N_("Nobody was enrolled. Both records go to the registrar, to be joined."),
    "unsure": N_("Nobody was enrolled. Let them in by their code; the registrar decides."),
    "undone": N_("It is undone. Nothing has left the gate."),
    "withdrawn": N_("They withdrew their consent."),
    "done": N_("The last enrolment is on its way."),
}
STATES: Mapping[str, str] = {
    "held": N_("held back for two minutes: it can be undone"),
    "waiting": N_("waits here to be sent"),
    "received": N_("sent; a registrar has to decide"),
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "undone": N_("undone"),
}
KINDS: Mapping[str, str] = {
    "enrol": N_("Enrolment"),
    "withdraw": N_("Withdrawal"),
    "join": N_("Two records of one person"),
}
_WRONG: Mapping[str, str] = {
    "wording": N_("The text has changed. Load the page again and read it once more."),
    "signature": N_("The signature is missing: sign in the field, or type the name."),
    "guardian": N_("A guardian signs for a child: write their name, and what they are to the child."),
    "born": N_("That is no date of birth."),
    "minor": N_("By that date they are under fourteen: a guardian signs."),
    "of_age": N_("By that date they are fourteen or older: they sign for themselves."),
}
_ROWS: Mapping[str, tuple[str, str]] = {
    "size": (N_("Size"), N_("Large enough: %(figure)d px")),
    "light": (N_("Light"), N_("Even")),
    "sharpness": (N_("Sharpness"), N_("Sharp")),
    "direction": (N_("Direction"), N_("As asked")),
    "uncovered": (N_("Uncovered"), N_("No mask, no sunglasses")),
    "one_person": (N_("One person"), N_("One face in view")),
}
_ASKS: Mapping[str, str] = {
    "nobody": N_("Step before the camera"),
    "several": N_("One person at a time"),
    "somebody_else": N_("This is somebody else than before"),
    "look_here": N_("Look straight into the camera"),
    "turn_left": N_("Turn a little to your left"),
    "turn_right": N_("Turn a little to your right"),
    "more_left": N_("A little more to your left"),
    "more_right": N_("A little more to your right"),
}


@dataclass(frozen=True)
class RowWords:
    """One row as people read it; `lacks`: it is what is missing."""

    label: str
    words: str
    known: bool
    lacks: bool


def row_words(state: EnrolmentShown, say: Say, language: str) -> tuple[RowWords, ...]:
    """The six rows."""
    return tuple(_row(each, say, language) for each in state.rows)


def words_of_lack(state: EnrolmentShown, say: Say, language: str) -> str:
    """The one thing to ask of the person now."""
    if state.camera:
        return say(N_("The camera shows nothing: it is tried again by itself"))
    if state.lack:
        return _lack(state.lack, say, language)
    if state.step == "check":
        return say(N_("Look into the camera once more: it is tried"))
    return say(N_("Stay so: the picture is taken"))


def words_of_camera(state: EnrolmentShown, say: Say) -> str:
    """What is wrong with the camera; empty: nothing that is known."""
    return say(CAMERA.get(state.camera, state.camera)) if state.camera else ""


def wrong_words(detail: str) -> str:
    """What is wrong with a paper, by the gate's code."""
    return _WRONG.get(detail, _WRONG["signature"])


def _row(row: RowShown, say: Say, language: str) -> RowWords:
    label, fine = _ROWS[row.row]
    if not row.known:
        return RowWords(say(label), "–", known=False, lacks=False)
    if not row.lack:
        return RowWords(say(label), say(fine, figure=row.figure or 0), known=True, lacks=False)
    if row.lack in {"more_left", "more_right"} and row.figure is not None:
        words = say(N_("%(turned)d° of %(wanted)d°: a little more"), turned=abs(row.figure), wanted=_TURNED)
        return RowWords(say(label), words, known=True, lacks=True)
    return RowWords(say(label), _lack(row.lack, say, language), known=True, lacks=True)


def _lack(lack: str, say: Say, language: str) -> str:
    if lack in _ASKS:
        return say(_ASKS[lack])
    known: Mapping[str, FaceProblem | Cover] = {each.value: each for each in (*FaceProblem, *Cover)}
    text = known[lack].enrolment
    return text.zh if language == "zh" else text.en
