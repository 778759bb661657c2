"""One's own account: PIN, duress word, passkeys."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import PinFault, Right
from edge.staff.protocol import Refused, RefusedWhy
from edge.staff.protocol.sessions import Alive, ChangePin, Ping, SetDuressPin
from edge.web.texts import N_

PAGES = ConsolePages()
Typed = Annotated[str, Form(max_length=64)]

FAULTS = {
    PinFault.NOT_DIGITS: N_("A PIN has digits only."),
    PinFault.SHORT: N_("A PIN has six digits at least."),
    PinFault.LONG: N_("A PIN has twelve digits at most."),
    PinFault.FACTORY: N_("Devices are delivered with this PIN: everybody tries it first."),
    PinFault.ONE_DIGIT: N_("One digit alone is guessed first."),
    PinFault.RUN: N_("Digits in a row are guessed first."),
    PinFault.DATE: N_("A date is guessed first."),
    PinFault.OWN_ID: N_("Your own number is in it."),
    PinFault.SAME: N_("It is the PIN that you have."),
    PinFault.DURESS_UNLIKE: N_("The duress word is your PIN with another end."),
}
"""Why a PIN was not taken."""
_DONE = {
    "pin": N_("Your PIN is changed. Your other sessions have ended."),
    "duress": N_("The duress word is set."),
    "no-duress": N_("There is no duress word any more."),
    "passkey": N_("The passkey is added."),
}


@PAGES.get("/own", right=Right.OWN)
def own_page(visit: VisitOf, done: str = "") -> Response:
    return _page(visit, done=done)


@PAGES.post("/own/pin", right=Right.OWN, body=4096)
def change_pin(visit: VisitOf, old: Typed = "", new: Typed = "", again: Typed = "") -> Response:
    if new != again:
        return _page(
            visit, wrong="pin", said=(visit.gettext("The two new PINs differ. Nothing was changed."),)
        )
    try:
        visit.ask(ChangePin(old, new))
    except Refusal as error:
        return _page(visit, wrong="pin", said=_words(visit, error))
    return visit.go("/own?done=pin")


@PAGES.post("/own/duress", right=Right.OWN, body=4096)
def set_duress(visit: VisitOf, pin: Typed = "", duress: Typed = "") -> Response:
    try:
        visit.ask(SetDuressPin(pin, duress))
    except Refusal as error:
        return _page(visit, wrong="duress", said=_words(visit, error))
    return visit.go(f"/own?done={'duress' if duress else 'no-duress'}")


def _page(visit: ConsoleVisit, *, done: str = "", wrong: str = "", said: tuple[str, ...] = ()) -> Response:
    alive = visit.ask(Ping(), Alive)
    return visit.page(
        "staff/own.html",
        title=visit.gettext("My PIN and passkeys"),
        tab="/gate",
        status=422 if wrong else 200,
        wrong=wrong,
        said=said,
        done=visit.gettext(_DONE[done]) if done in _DONE else "",
        passkeys=alive.passkeys,
    )


def _words(visit: ConsoleVisit, error: Refusal) -> tuple[str, ...]:
    """What a refusal says; of a PIN that was not taken, why. Raises it again where it is not about what was
    typed.
    """
    answer: Refused = error.answer
    if answer.why in {RefusedWhy.NOT_SIGNED_IN, RefusedWhy.UNAVAILABLE}:
        raise error
    fault = answer.detail if answer.why is RefusedWhy.PIN_WEAK else ""
    why = (visit.gettext(FAULTS[PinFault(fault)]),) if fault in set(PinFault) else ()
    return (visit.gettext(answer.text), *why, visit.gettext(answer.remedy))
