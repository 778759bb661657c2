"""Enrolling a resident at the gate, step by step, and withdrawing a consent; what became of either."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Annotated, Any

import msgspec
from fastapi import Form, Query
from starlette.responses import Response

from edge.consent import WORDING, points_for, wording_for
from edge.console.enrolment_words import (
    ENDED,
    KINDS,
    STATES,
    STEPS,
    row_words,
    words_of_camera,
    words_of_lack,
    wrong_words,
)
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.enrolling import (
    strokes_of,
)
from edge.registry_requests import (
    Choice,
)
from edge.signing.cose import microseconds
from edge.staff.core import Right, digest_of
from edge.staff.protocol import RefusedWhy
from edge.staff.protocol.enrolment import (
    BeginEnrolment,
    ChooseAlike,
    EndEnrolment,
    EnrolmentNow,
    EnrolmentPicture,
    EnrolmentRequests,
    EnrolmentShown,
    EnrolmentView,
    FinishEnrolment,
    NoEnrolment,
    Picture,
    RequestList,
    RequestShown,
    SignConsent,
    TakeAgain,
    TakeNow,
    UndoEnrolment,
    WithdrawConsent,
)
from edge.staff.protocol.people import FindPeople, FoundPeople
from edge.staff.protocol.watching import Topic
from edge.support.decoding import msgpack_decoder
from edge.web.qr_code import qr_code
from edge.web.visit import NotFound

PAGES = ConsolePages()
Id = Annotated[str, Form(min_length=1, max_length=64)]
Short = Annotated[str, Form(max_length=64)]
_STROKES_BYTES = 100_000
_MOST_TYPED = 200
_view = msgpack_decoder(EnrolmentView)


@dataclass(frozen=True)
class SigningForm:
    """What stands in the form of a consent: what was drawn, too."""

    strokes: str = ""
    typed: str = ""
    minor: bool = False
    born: str = ""
    guardian: str = ""
    relation: str = ""


@PAGES.get("/enrol", right=Right.ENROL)
def enrol_page(visit: VisitOf) -> Response:
    """Whom to enrol, and what became of what was asked."""
    return _found(visit, "")


@PAGES.post("/enrol/find", right=Right.ENROL, body=8192)
def find(visit: VisitOf, text: Annotated[str, Form(max_length=1200)] = "") -> Response:
    """A form that is posted: names stay out of addresses, and so out of what a browser keeps."""
    return _found(visit, " ".join(text.split())[:_MOST_TYPED])


def _found(visit: ConsoleVisit, text: str) -> Response:
    try:
        state = visit.ask(EnrolmentNow())
    except Refusal as error:
        if error.why is not RefusedWhy.POLICY:
            raise
        return visit.page("enrol/not_here.html", title=visit.gettext("Enrol"), tab="/enrol")
    if isinstance(state, EnrolmentShown):
        return visit.go("/enrol/run")
    found = visit.ask(FindPeople(text), FoundPeople) if text else None
    listed = visit.ask(EnrolmentRequests(), RequestList)
    return visit.page(
        "enrol/list.html",
        title=visit.gettext("Enrol"),
        tab="/enrol",
        typed=text,
        found=found,
        listed=listed,
        ended=state if isinstance(state, NoEnrolment) else NoEnrolment(),
        ended_words=ENDED,
        **_words(),
    )


@PAGES.post("/enrol/begin", right=Right.ENROL, body=4096)
def begin(visit: VisitOf, subject: Id) -> Response:
    visit.ask(BeginEnrolment(subject), EnrolmentShown)
    return visit.go("/enrol/run")


@PAGES.get("/enrol/run", right=Right.ENROL)
def run(visit: VisitOf) -> Response:
    """One's own enrolment as it stands."""
    state = visit.ask(EnrolmentNow())
    return _run(visit, state) if isinstance(state, EnrolmentShown) else visit.go("/enrol")


@PAGES.live(Topic.ENROLMENT, right=Right.ENROL)
def live(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """What changes on the page of who runs the enrolment. Any other page is told that there is none, and that
    of another step is opened anew.
    """
    view = _view(bytes(value))
    state = view.state if view.owner == digest_of(visit.looker.session) else None
    if state is None:
        return visit.text_of("enrol/live.html", "elsewhere")
    picture = f"data:image/jpeg;base64,{b64encode(view.picture).decode()}" if view.picture else ""
    words = (
        row_words(state, visit.gettext, visit.language),
        words_of_lack(state, visit.gettext, visit.language),
        words_of_camera(state, visit.gettext),
    )
    return visit.text_of("enrol/live.html", "changes", key_of(state), state, picture, *words)


@PAGES.get("/enrol/picture", right=Right.ENROL)
def picture(visit: VisitOf, shot: Annotated[int | None, Query(ge=0, le=2)] = None) -> Response:
    """What the camera sees, or saw when a picture was taken, bystanders blurred; kept by nobody."""
    jpeg = visit.ask(EnrolmentPicture(shot), Picture).jpeg
    if not jpeg:
        raise NotFound
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


@PAGES.post("/enrol/consent", right=Right.ENROL, body=_STROKES_BYTES)
def consent(
    visit: VisitOf,
    wording: Short = "",
    language: Short = "",
    strokes: Annotated[str, Form(max_length=_STROKES_BYTES)] = "",
    typed: Short = "",
    minor: Short = "",
    born: Short = "",
    guardian: Short = "",
    relation: Short = "",
) -> Response:
    """The person, or their guardian, has signed."""
    typed_here = SigningForm(strokes, typed, bool(minor), born, guardian, relation)
    drawn = strokes_of(strokes)
    if drawn is None:
        return _wrong(visit, "signature", replace(typed_here, strokes=""))
    signed = SignConsent(
        wording, language, drawn, typed, guardian, relation, minor=bool(minor), born=born.strip()
    )
    try:
        visit.ask(signed)
    except Refusal as error:
        if error.why is not RefusedWhy.INVALID:
            raise
        return _wrong(visit, error.answer.detail, typed_here)
    return visit.go("/enrol/run")


@PAGES.post("/enrol/take", right=Right.ENROL, body=4096)
def take(visit: VisitOf) -> Response:
    """Take the next picture by hand."""
    try:
        visit.ask(TakeNow())
    except Refusal as error:
        if error.why is not RefusedWhy.INVALID:
            raise
    return visit.go("/enrol/run")


@PAGES.post("/enrol/again", right=Right.ENROL, body=4096)
def again(visit: VisitOf) -> Response:
    visit.ask(TakeAgain())
    return visit.go("/enrol/run")


@PAGES.post("/enrol/alike", right=Right.ENROL, body=4096)
def alike(visit: VisitOf, choice: Annotated[Choice, Form()]) -> Response:
    visit.ask(ChooseAlike(choice))
    return visit.go("/enrol/run")


@PAGES.post("/enrol/finish", right=Right.ENROL, body=4096)
def finish(visit: VisitOf) -> Response:
    visit.ask(FinishEnrolment())
    return visit.go("/enrol/run")


@PAGES.post("/enrol/undo", right=Right.ENROL, body=4096)
def undo(visit: VisitOf) -> Response:
    visit.ask(UndoEnrolment())
    return visit.go("/enrol")


@PAGES.post("/enrol/end", right=Right.ENROL, body=4096)
def end(visit: VisitOf, refused: Short = "") -> Response:
    visit.ask(EndEnrolment(refused=bool(refused)))
    return visit.go("/enrol")


@PAGES.get("/enrol/receipt/{request}", right=Right.ENROL)
def receipt(visit: VisitOf, request: str) -> Response:
    """What became of a request, with a code to keep."""
    listed = visit.ask(EnrolmentRequests(), RequestList)
    found = next((each for each in listed.requests if each.request == request), None)
    if found is None:
        raise NotFound
    return visit.page(
        "enrol/receipt.html",
        title=visit.gettext("Receipt %(number)s", number=found.receipt),
        tab="/enrol",
        request=found,
        left_out=found.subject in listed.left_out,
        qr=_qr(visit, found),
        **_words(),
    )


@PAGES.get("/withdraw/{subject}", right=Right.WITHDRAW)
def withdraw_page(visit: VisitOf, subject: str) -> Response:
    """The question before a consent is withdrawn, with what follows of it."""
    found = visit.ask(FindPeople(subject), FoundPeople)
    person = next((each for each in found.people if each.subject == subject), None)
    if person is None:
        raise NotFound
    return visit.page(
        "enrol/withdraw.html",
        title=visit.gettext("Withdraw the consent"),
        tab="/enrol",
        person=person,
        key=token_hex(16),
    )


@PAGES.post("/withdraw", right=Right.WITHDRAW, body=4096)
def withdraw(visit: VisitOf, subject: Id, key: Short) -> Response:
    answer = visit.ask(WithdrawConsent(subject, key), RequestShown)
    return visit.go(f"/enrol/receipt/{answer.request}")


# --- inside ----------------------------------------------------------------------------------


def key_of(state: EnrolmentShown) -> str:
    """What is another one where the page has other buttons."""
    asks = state.alike is not None and not state.choice
    return f"{state.step}.{asks:d}.{state.can_finish:d}"


def _run(
    visit: ConsoleVisit, state: EnrolmentShown, *, wrong: str = "", form: SigningForm = SigningForm()
) -> Response:
    return visit.page(
        "enrol/run.html",
        title=state.name,
        tab="/enrol",
        status=422 if wrong else 200,
        wrong=wrong,
        form=form,
        wording=WORDING,
        points=points_for(visit.language),
        full_text=wording_for(visit.language),
        qr="" if state.request is None else _qr(visit, state.request),
        **_values(visit, state),
    )


def _values(visit: ConsoleVisit, state: EnrolmentShown) -> dict[str, Any]:
    return {
        "state": state,
        "key": key_of(state),
        "steps": STEPS,
        "rows": row_words(state, visit.gettext, visit.language),
        "instruction": words_of_lack(state, visit.gettext, visit.language),
        "camera": words_of_camera(state, visit.gettext),
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {"state_words": STATES, "kind_words": KINDS, "us": microseconds}


def _wrong(visit: ConsoleVisit, detail: str, form: SigningForm) -> Response:
    state = visit.ask(EnrolmentNow())
    if not isinstance(state, EnrolmentShown):
        return visit.go("/enrol")
    return _run(visit, state, wrong=visit.gettext(wrong_words(detail)), form=form)


def _qr(visit: ConsoleVisit, request: RequestShown) -> str:
    text = f"gatepost {request.kind} {request.receipt} {visit.services.name} {request.at:%Y-%m-%d %H:%M} UTC"
    return qr_code(text)
