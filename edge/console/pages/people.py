"""The tabs Find and Visitor, reports of faults, and what to do for which reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from edge.console.advice import ADVICE
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.signing.cose import microseconds
from edge.staff.core import APPEALS, FAULTS, GuestObjection, Right, VisitorMeans
from edge.staff.protocol import RefusedWhy
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.people import (
    AppealTaken,
    EndVisitor,
    FaultReported,
    Faults,
    FileAppeal,
    FindPeople,
    FoundPeople,
    ListFaults,
    ListVisitors,
    LookAtPerson,
    Person,
    RegisterVisitor,
    ReportFault,
    SettleFault,
    VisitorMade,
    Visitors,
)
from edge.web.qr_code import qr_code
from edge.web.texts import N_

PAGES = ConsolePages()
_KEY_BYTES = 8
_HOURS = (1, 2, 4, 8, 12, 24, 72)
_TYPED_HERE = frozenset(
    {RefusedWhy.INVALID, RefusedWhy.DIGITS, RefusedWhy.UNKNOWN, RefusedWhy.LIMIT, RefusedWhy.POLICY}
)
"""Refusals of what was typed: the page shows them beside it, and loses nothing."""

OBJECTIONS = {
    GuestObjection.NAME: N_("The name is empty, too long, or has letters that cannot be seen."),
    GuestObjection.HOST: N_(
        "No resident has this id. Find them first, and register the visitor from their page."
    ),
    GuestObjection.HOST_ENDED: N_("The resident's own right does not hold that long."),
    GuestObjection.LONGER: N_("That is longer than the policy allows."),
    GuestObjection.USES: N_("That is more often than the policy allows."),
    GuestObjection.AN_HOUR: N_("This gate has given as many as the policy allows within an hour."),
    GuestObjection.MOST: N_("This gate holds as many visitors as the policy allows. End one first."),
    GuestObjection.NUMBERS: N_("Numbers do not count here. Give a code."),
    GuestObjection.NOT_HERE: N_("The policy lets nobody be registered at the gate."),
}
"""What does not fit, and what to do."""


# --- finding -----------------------------------------------------------------------------------------


@PAGES.get("/find", right=Right.FIND)
def find_page(visit: VisitOf) -> Response:
    return _found(visit, "", None)


@PAGES.post("/find", right=Right.FIND, body=8192)
def find(visit: VisitOf, text: Annotated[str, Form(max_length=1200)] = "") -> Response:
    """A form that is posted: names stay out of addresses, and so out of what a browser keeps."""
    typed = " ".join(text.split())
    return _found(visit, typed, visit.ask(FindPeople(typed), FoundPeople) if typed else None)


@PAGES.get("/find/{subject}", right=Right.FIND)
def person_page(visit: VisitOf, subject: str) -> Response:
    return _person(visit, subject)


@PAGES.post("/find/{subject}/appeal", right=Right.FIND, body=4096)
def file_appeal(
    visit: VisitOf,
    subject: str,
    key: Annotated[str, Form(max_length=64)] = "",
    why: Annotated[str, Form(max_length=64)] = "",
    text: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """File an appeal for a resident, against what the registry says of them."""
    said = " ".join(text.split())
    try:
        filed = visit.ask(FileAppeal(key, why, said, subject=subject[:64]), AppealTaken)
    except Refusal as error:
        if error.why not in _TYPED_HERE:
            raise
        return _person(visit, subject, why=why, text=text, wrong=_words(visit, error))
    return visit.page(
        "people/appeal_filed.html",
        title=visit.gettext("Appeal filed"),
        tab="/find",
        filed=filed,
        subject=subject,
        at=microseconds(filed.at),
    )


def _person(visit: ConsoleVisit, subject: str, *, why: str = "", text: str = "", wrong: str = "") -> Response:
    person = visit.ask(LookAtPerson(subject[:64]), Person)
    return visit.page(
        "people/person.html",
        title=visit.gettext("Resident"),
        tab="/find",
        status=422 if wrong else 200,
        person=person,
        record=person.record,
        may_register=visit.may(Right.VISITOR),
        microseconds=microseconds,
        appeals={code: getattr(said, visit.language.value) for code, said in APPEALS.items()},
        key=token_hex(_KEY_BYTES),
        why=why,
        text=text,
        wrong=wrong,
    )


def _found(visit: ConsoleVisit, typed: str, found: FoundPeople | None) -> Response:
    return visit.page("people/find.html", title=visit.gettext("Find"), tab="/find", typed=typed, found=found)


# --- visitors ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VisitorForm:
    """What stands in the form."""

    name: str = ""
    host: str = ""
    hours: int = 2
    uses: int = 1
    means: VisitorMeans = VisitorMeans.CODE


@PAGES.get("/visitors", right=Right.VISITOR)
def visitors_page(visit: VisitOf, host: Annotated[str, Query(max_length=64)] = "") -> Response:
    return _visitors(visit, VisitorForm(host=host))


@PAGES.post("/visitors", right=Right.VISITOR, body=8192)
def register(
    visit: VisitOf,
    key: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    host: Annotated[str, Form(max_length=64)] = "",
    hours: Annotated[int, Form(ge=1, le=168)] = 2,
    uses: Annotated[int, Form(ge=1, le=16)] = 1,
    means: Annotated[VisitorMeans, Form()] = VisitorMeans.CODE,
) -> Response:
    form = VisitorForm(name, host.strip(), hours, uses, means)
    wanted = RegisterVisitor(key, form.name, form.host, hours * 60, uses, means)
    try:
        made = visit.ask(wanted, VisitorMade)
    except Refusal as error:
        if error.why not in _TYPED_HERE:
            raise
        return _visitors(visit, form, wrong=_words(visit, error))
    return visit.page(
        "people/visitor_made.html",
        title=visit.gettext("Visitor"),
        tab="/visitors",
        made=made,
        until=microseconds(made.until),
        picture=qr_code(made.text) if made.means is VisitorMeans.CODE else "",
    )


@PAGES.post("/visitors/end", right=Right.VISITOR, body=4096)
def end_visitor(visit: VisitOf, visitor: Annotated[str, Form(max_length=64)] = "") -> Response:
    visit.ask(EndVisitor(visitor), Done)
    return visit.go("/visitors")


def _visitors(visit: ConsoleVisit, form: VisitorForm, wrong: str = "") -> Response:
    listed = visit.ask(ListVisitors(), Visitors)
    return visit.page(
        "people/visitors.html",
        title=visit.gettext("Visitor"),
        tab="/visitors",
        status=422 if wrong else 200,
        listed=listed,
        form=form,
        wrong=wrong,
        key=token_hex(_KEY_BYTES),
        hours=[hours for hours in _HOURS if hours * 60 <= listed.longest],
        microseconds=_optional,
    )


def _words(visit: ConsoleVisit, error: Refusal) -> str:
    """What does not fit of what was typed."""
    answer = error.answer
    if answer.detail in {objection.value for objection in OBJECTIONS}:
        return visit.gettext(OBJECTIONS[GuestObjection(answer.detail)])
    return f"{visit.gettext(answer.text)} {visit.gettext(answer.remedy)}"


def _optional(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


# --- faults ------------------------------------------------------------------------------------------


@PAGES.get("/faults", right=Right.REPORT_FAULT)
def faults_page(visit: VisitOf, what: Annotated[str, Query(max_length=64)] = "") -> Response:
    """`what` is chosen already: the page that tells of a fault leads here."""
    return _faults(visit, what)


@PAGES.post("/faults", right=Right.REPORT_FAULT, body=4096)
def report_fault(
    visit: VisitOf,
    key: Annotated[str, Form(max_length=64)] = "",
    what: Annotated[str, Form(max_length=64)] = "",
    text: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    try:
        visit.ask(ReportFault(key, what, " ".join(text.split())), FaultReported)
    except Refusal as error:
        if error.why not in _TYPED_HERE:
            raise
        return _faults(visit, what, text, _words(visit, error))
    return visit.go("/faults")


@PAGES.post("/faults/settle", right=Right.REPORT_FAULT, body=4096)
def settle_fault(visit: VisitOf, fault: Annotated[int, Form(ge=0)] = 0) -> Response:
    visit.ask(SettleFault(fault), Done)
    return visit.go("/faults")


def _faults(visit: ConsoleVisit, what: str = "", text: str = "", wrong: str = "") -> Response:
    words = {code: getattr(said, visit.language.value) for code, said in FAULTS.items()}
    return visit.page(
        "people/faults.html",
        title=visit.gettext("Faults"),
        tab="/gate",
        status=422 if wrong else 200,
        faults=visit.ask(ListFaults(), Faults).faults,
        words=words,
        what=what,
        text=text,
        wrong=wrong,
        key=token_hex(_KEY_BYTES),
        microseconds=microseconds,
    )


# --- help --------------------------------------------------------------------------------------------


@PAGES.get("/help", right=Right.SEE_NOW)
def help_page(visit: VisitOf) -> Response:
    return visit.page("people/help.html", title=visit.gettext("What to do"), tab="/gate", advice=ADVICE)
