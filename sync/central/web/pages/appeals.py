"""Appeals: the list, one with its question, facts and steps, and the public page on which a person asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Form
from starlette.responses import Response

from edge.decision import Status, StatusRecord
from edge.errors import GatepostError
from edge.signing.cose import instant, microseconds
from edge.support.phrases import phrase
from edge.web.routes import PUBLIC
from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.changes.appeals import (
    LONGEST,
    Appeal,
    AppealedDecision,
    TooOften,
    answer,
    appeal_at,
    appeals,
    appeals_of,
    ask_publicly,
    correct,
    forward,
    open_appeal,
    steps_of,
    take,
)
from sync.central.changes.core import AppealStage, AppealState, reference_of
from sync.central.changes.submitting import WaitingSet
from sync.central.newer import OpenWords
from sync.central.people.core import Grounds, Purpose
from sync.central.people.looks import open_look, open_look_of
from sync.central.people.subjects import subject_at
from sync.central.store import StoreError
from sync.central.web.errors import raise_failure
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf, paths_of

PAGES = Pages()
_COUNT = 50
_EXPLAIN = "/accesses/{device}/{epoch}/{sequence}/explain"

STATES: Mapping[AppealState, str] = OpenWords(
    {
        AppealState.OPEN: N_("Open"),
        AppealState.FORWARDED: N_("Forwarded to the source"),
        AppealState.CORRECTING: N_("Correction waits for a second person"),
        AppealState.ANSWERED: N_("Answered"),
        AppealState.CORRECTED: N_("Corrected"),
    }
)
STEPS: Mapping[AppealStage, str] = OpenWords(
    {
        AppealStage.ASKED: N_("Asked"),
        AppealStage.TAKEN: N_("Taken"),
        AppealStage.FORWARDED: N_("Forwarded to the source"),
        AppealStage.ANSWERED: N_("Answered"),
        AppealStage.CORRECTION_ASKED: N_("Correction asked for"),
        AppealStage.CORRECTED: N_("Status corrected"),
    }
)


@PAGES.get("/appeals", act=Act.ANSWER_APPEAL)
def list_of(visit: VisitOf, before: int | None = None) -> Response:
    with visit.store.reading() as connection:
        waiting = appeals(connection, visit.sight, is_open=True, count=200)
        settled = appeals(connection, visit.sight, is_open=False, before=before, count=_COUNT)
    return visit.page(
        "appeals/list.html",
        title=visit.gettext("Appeals"),
        waiting=waiting,
        settled=settled,
        names=visit.site_names(each.site for each in (*waiting, *settled)),
        states=STATES,
        older=f"/appeals?before={settled[-1].number}" if len(settled) == _COUNT else None,
        newest="/appeals" if before else None,
    )


# --- for everybody -------------------------------------------------------------------------------


@PAGES.get("/appeals/ask", act=PUBLIC)
def ask_page(visit: VisitOf, number: str = "") -> Response:
    return _ask_page(visit, reference=number[:100])


@PAGES.post("/appeals/ask", act=PUBLIC)
def ask(
    visit: VisitOf,
    reference: Annotated[str, Form(max_length=200)] = "",
    identity: Annotated[str, Form(max_length=200)] = "",
    question: Annotated[str, Form(max_length=4 * LONGEST)] = "",
) -> Response:
    """Take a question. The answer is the same whether or not number and id belong together."""
    came_from = visit.request.client.host if visit.request.client else ""
    try:
        with visit.act() as connection:
            ask_publicly(connection, reference, identity, question, came_from, visit.now)
    except StoreError as error:
        raise_failure(error)
        status = 429 if isinstance(error.__cause__, TooOften) else 422
        return _ask_page(visit, reference, identity, question, wrong=error, status=status)
    return _ask_page(visit, received=True)


def _ask_page(
    visit: Visit,
    reference: str = "",
    identity: str = "",
    question: str = "",
    *,
    wrong: GatepostError | None = None,
    received: bool = False,
    status: int = 200,
) -> Response:
    return visit.page(
        "appeals/ask.html",
        title=visit.gettext("Ask about a decision at a gate"),
        status=status,
        reference=reference,
        identity=identity,
        question=question,
        wrong=wrong and visit.said(wrong),
        received=received,
        longest=LONGEST,
    )


# --- of one person -------------------------------------------------------------------------------


@PAGES.get("/appeals/of/{site}/{subject}", act=Act.ANSWER_APPEAL)
def of_person(
    visit: VisitOf, site: str, subject: str, device: str = "", epoch: str = "", sequence: int | None = None
) -> Response:
    """The appeals about a person, and the form for another: a panel of the person's page."""
    visit.see_site(site)
    return _of_person(visit, site, subject, _denial(device, epoch, sequence))


@PAGES.post("/appeals/of/{site}/{subject}", act=Act.ANSWER_APPEAL)
def open_for(
    visit: VisitOf,
    site: str,
    subject: str,
    question: Annotated[str, Form(max_length=4 * LONGEST)] = "",
    device: Annotated[str, Form(max_length=100)] = "",
    epoch: Annotated[str, Form(max_length=100)] = "",
    sequence: Annotated[int | None, Form()] = None,
) -> Response:
    visit.see_site(site)
    denial = _denial(device, epoch, sequence)
    try:
        with visit.act() as connection:
            number = open_appeal(connection, visit.actor, site, subject, question, visit.now, denial)
    except StoreError as error:
        raise_failure(error)
        return _of_person(visit, site, subject, denial, question=question, wrong=error)
    return visit.go(f"/appeals/{number}")


def _of_person(
    visit: Visit,
    site: str,
    subject: str,
    denial: AppealedDecision | None,
    *,
    question: str = "",
    wrong: GatepostError | None = None,
) -> Response:
    with visit.store.reading() as connection:
        found = appeals_of(connection, site, subject)
    return visit.page(
        "appeals/of.html",
        title=visit.gettext("Appeals"),
        crumbs=((visit.gettext("Appeals"), "/appeals"), (subject, None)),
        status=200 if wrong is None else 422,
        site=site,
        subject=subject,
        found=found,
        states=STATES,
        denial=denial,
        question=question,
        wrong=wrong and visit.said(wrong),
        longest=LONGEST,
    )


def _denial(device: str, epoch: str, sequence: int | None) -> AppealedDecision | None:
    try:
        return (
            AppealedDecision(device, bytes.fromhex(epoch), sequence)
            if device and sequence is not None
            else None
        )
    except ValueError:
        raise NotFound from None


# --- one appeal ------------------------------------------------------------------------------------


@PAGES.get("/appeals/{number}", act=Act.ANSWER_APPEAL)
def one(visit: VisitOf, number: int) -> Response:
    return _one(visit, _found(visit, number))


@PAGES.post("/appeals/{number}/take", act=Act.ANSWER_APPEAL)
def take_it(visit: VisitOf, number: int) -> Response:
    """Take an appeal, and open the person's record for it: both are in the audit."""
    found = _found(visit, number)

    def act(connection: sa.Connection) -> None:
        take(connection, visit.actor, number, visit.now)
        if found.subject is not None:
            grounds = Grounds(Purpose.APPEAL, str(number))
            open_look(connection, visit.actor, found.site, found.subject, grounds, visit.now)

    return _done(visit, found, act)


@PAGES.post("/appeals/{number}/answer", act=Act.ANSWER_APPEAL)
def answer_it(
    visit: VisitOf, number: int, text: Annotated[str, Form(max_length=4 * LONGEST)] = ""
) -> Response:
    found = _found(visit, number)
    return _done(
        visit, found, lambda connection: answer(connection, visit.actor, number, text, visit.now), text
    )


@PAGES.post("/appeals/{number}/forward", act=Act.ANSWER_APPEAL)
def forward_it(
    visit: VisitOf, number: int, text: Annotated[str, Form(max_length=4 * LONGEST)] = ""
) -> Response:
    found = _found(visit, number)
    return _done(
        visit, found, lambda connection: forward(connection, visit.actor, number, text, visit.now), text
    )


@PAGES.post("/appeals/{number}/correct", act=Act.SET_STATUS)
def correct_it(
    visit: VisitOf,
    number: int,
    value: Annotated[Status, Form()] = Status.GREEN,
    source: Annotated[str, Form(max_length=200)] = "",
    rule: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    found = _found(visit, number)
    record = StatusRecord(value, source.strip(), reason.strip(), rule.strip(), instant(visit.now))
    limits, made = visit.services.limits, []

    def act(connection: sa.Connection) -> None:
        if not (record.source and record.rule):
            raise StoreError(
                phrase("a status needs its source and the rule that gave it"), remedy=phrase("name both")
            )
        why = f"appeal {number}: {record.reason or record.rule}"
        made.append(correct(connection, visit.actor, number, record, why, visit.now, limits))

    return _done(
        visit, found, act, waits=lambda: [item.number for item in made if isinstance(item, WaitingSet)]
    )


# --- inside ----------------------------------------------------------------------------------------


def _found(visit: Visit, number: int) -> Appeal:
    with visit.store.reading() as connection:
        found = appeal_at(connection, visit.sight, number)
    if found is None:
        raise NotFound
    return found


def _done(
    visit: Visit,
    found: Appeal,
    act: Callable[[sa.Connection], None],
    text: str = "",
    waits: Callable[[], list[int]] = list,
) -> Response:
    try:
        with visit.act() as connection:
            act(connection)
    except StoreError as error:
        raise_failure(error)
        return _one(visit, found, text=text, wrong=error)
    return visit.go(f"/approvals/{waits()[0]}" if waits() else f"/appeals/{found.number}")


def _one(visit: Visit, found: Appeal, *, text: str = "", wrong: GatepostError | None = None) -> Response:
    with visit.store.reading() as connection:
        steps = steps_of(connection, found.number)
        status, is_open = _status_of(connection, visit, found)
        may_set = visit.actor.sight(Act.SET_STATUS).has_site(connection, found.site)
    denial = found.denial
    explains = denial is not None and _EXPLAIN in paths_of(visit.request)
    return visit.page(
        "appeals/one.html",
        title=visit.gettext("Appeal %(number)s", number=found.number),
        crumbs=((visit.gettext("Appeals"), "/appeals"), (str(found.number), None)),
        status=200 if wrong is None else 422,
        appeal=found,
        names=visit.site_names([found.site]),
        steps=steps,
        states=STATES,
        step_words=STEPS,
        health=status,
        look_is_open=is_open,
        since=None if status is None else microseconds(status.since),
        until=None if status is None or status.until is None else microseconds(status.until),
        reference="" if denial is None else reference_of(denial.device, denial.sequence),
        explain=_explain_address(denial) if explains else None,
        may_set=may_set and visit.actor.may(Act.SET_STATUS),
        values=list(Status),
        text=text,
        wrong=wrong and visit.said(wrong),
        longest=LONGEST,
    )


def _status_of(connection: sa.Connection, visit: Visit, found: Appeal) -> tuple[StatusRecord | None, bool]:
    """The person's status, and whether this actor has opened the record: only then is it told."""
    if found.subject is None:
        return None, False
    if open_look_of(connection, visit.actor, found.site, found.subject, visit.now) is None:
        return None, False
    try:
        return subject_at(connection, found.site, found.subject).status, True
    except StoreError:
        return None, True


def _explain_address(denial: AppealedDecision | None) -> str | None:
    if denial is None:
        return None
    values: dict[str, Any] = {
        "device": denial.device,
        "epoch": denial.epoch.hex(),
        "sequence": denial.sequence,
    }
    return _EXPLAIN.format_map(values)
