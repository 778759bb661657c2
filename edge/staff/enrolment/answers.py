"""Answers what the console asks of enrolments: who may ask what, and the journal before the act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from edge.consent import is_wording
from edge.enrolling import (
    OF_AGE,
    ConsentPaper,
    Guardian,
    age_on,
    is_signed,
)
from edge.journal.format import ConsentGiven, ConsentWithdrawn, EnrolmentRequested, Entry, Event
from edge.ports import Clock
from edge.registry_requests import (
    Choice,
    RequestKind,
)
from edge.runtime.recognition import Holdings
from edge.signing.cose import microseconds
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import Right
from edge.staff.enrolment.desk import EnrolmentDesk
from edge.staff.enrolment.making import request_of, withdrawal_of
from edge.staff.enrolment.showing import none_shown, request_shown, shown
from edge.staff.enrolment.states import Ended, UnderWay
from edge.staff.protocol import Answer, Message, RefusedWhy
from edge.staff.protocol.enrolment import (
    BeginEnrolment,
    ChooseAlike,
    EndEnrolment,
    EnrolmentNow,
    EnrolmentPicture,
    EnrolmentRequests,
    FinishEnrolment,
    Picture,
    RequestList,
    SignConsent,
    TakeAgain,
    TakeNow,
    UndoEnrolment,
    WithdrawConsent,
)
from edge.staff.refusals import refused

_MOST_LISTED = 50
Said = Answer | Then


RIGHTS: Final[Mapping[type[Message], Right]] = {
    BeginEnrolment: Right.ENROL,
    EnrolmentNow: Right.ENROL,
    EnrolmentPicture: Right.ENROL,
    SignConsent: Right.ENROL,
    TakeNow: Right.ENROL,
    TakeAgain: Right.ENROL,
    ChooseAlike: Right.ENROL,
    FinishEnrolment: Right.ENROL,
    UndoEnrolment: Right.ENROL,
    EndEnrolment: Right.ENROL,
    EnrolmentRequests: Right.ENROL,
    WithdrawConsent: Right.WITHDRAW,
}
"""What each request needs."""


def answers_of(
    desk: EnrolmentDesk,
    clock: Clock,
    holdings: Callable[[], Holdings | None],
    record: Callable[[Event], Entry],
    changed: Callable[[], None],
) -> Table:
    """What is answered of the `desk`; `record` is the main loop's way into the journal. `changed` is told
    where an enrolment may stand otherwise now.
    """
    said = _Answers(desk, clock, holdings, record, changed)
    by_kind: dict[type[Message], Callable[[AllowedRequest], Said]] = {
        BeginEnrolment: said.begin,
        EnrolmentNow: said.now,
        EnrolmentPicture: said.picture,
        SignConsent: said.sign,
        TakeNow: said.take_now,
        TakeAgain: said.take_again,
        ChooseAlike: said.choose,
        FinishEnrolment: said.finish,
        UndoEnrolment: said.undo,
        EndEnrolment: said.end,
        EnrolmentRequests: said.requests,
        WithdrawConsent: said.withdraw,
    }
    return {kind: Handled(right, by_kind[kind]) for kind, right in RIGHTS.items()}


class _Answers:
    def __init__(
        self,
        desk: EnrolmentDesk,
        clock: Clock,
        holdings: Callable[[], Holdings | None],
        record: Callable[[Event], Entry],
        changed: Callable[[], None],
    ) -> None:
        self._changed = changed
        self._desk = desk
        self._clock = clock
        self._holdings = holdings
        self._record = record

    def begin(self, asked: AllowedRequest) -> Said:
        body: BeginEnrolment = asked.body
        running, by = self._desk.run_by(), asked.by
        if running is not None and running.owner != by.digest:
            return refused(RefusedWhy.TAKEN, detail=running.registrar)
        person = self._desk.person(body.subject)
        if person is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.subject)
        return self._shown(self._desk.begin(by.digest, by.staff, by.name, person))

    def now(self, asked: AllowedRequest) -> Said:
        return self._shown(self._desk.now(asked.by.digest))

    def picture(self, asked: AllowedRequest) -> Said:
        body: EnrolmentPicture = asked.body
        running, sights = self._desk.run_by(), self._desk.sights
        if running is None or running.owner != asked.by.digest:
            return Picture()
        if body.shot is None:
            return Picture(sights.picture)
        return Picture(b"".join(sights.taken[body.shot : body.shot + 1]))

    def sign(self, asked: AllowedRequest) -> Said:
        body: SignConsent = asked.body
        by = asked.by
        running = self._desk.now(by.digest)
        if isinstance(running, Ended):
            return self._shown(running)
        at = self._clock.wall().at
        wrong = _wrong_with(body, at)
        if wrong:
            return refused(RefusedWhy.INVALID, detail=wrong)
        guardian = Guardian(body.guardian.strip(), body.relation.strip()) if body.minor else None
        paper = ConsentPaper(
            running.session.person.subject,
            body.wording,
            body.language,
            microseconds(at),
            by.staff,
            body.strokes,
            body.typed.strip(),
            guardian,
        )
        event = ConsentGiven(by.staff, paper.subject, paper.wording, guardian is not None)
        return self._recorded(event, lambda: self._shown(self._desk.sign(running, paper, at)))

    def take_now(self, asked: AllowedRequest) -> Said:
        state = self._desk.now(asked.by.digest)
        if isinstance(state, UnderWay) and not state.session.can_take:
            return refused(RefusedWhy.INVALID, detail="not_yet")
        return self._shown(self._desk.take_now(asked.by.digest))

    def take_again(self, asked: AllowedRequest) -> Said:
        return self._shown(self._desk.take_again(asked.by.digest))

    def choose(self, asked: AllowedRequest) -> Said:
        body: ChooseAlike = asked.body
        owner = asked.by.digest
        state = self._desk.choose(owner, body.choice)
        if isinstance(state, Ended) or body.choice is Choice.TWO_PEOPLE:
            return self._shown(state)
        if body.choice is Choice.UNSURE or state.session.alike is None:
            return self._shown(self._desk.end(owner, body.choice))
        if self._desk.full:
            return refused(RefusedWhy.LIMIT, detail="requests")
        record, request = request_of(state.session, RequestKind.JOIN, self._desk.ports)

        event = EnrolmentRequested(record.staff, record.subject, record.request)
        return self._recorded(
            event, lambda: self._shown(self._desk.join(state, record, request, body.choice))
        )

    def finish(self, asked: AllowedRequest) -> Said:
        owner = asked.by.digest
        state = self._desk.now(owner)
        if isinstance(state, Ended) or state.record is not None:
            return self._shown(state)
        if not state.session.can_finish:
            return refused(RefusedWhy.INVALID, detail="not_finished")
        if self._desk.full:
            return refused(RefusedWhy.LIMIT, detail="requests")
        record, request = request_of(state.session, RequestKind.ENROL, self._desk.ports)
        event = EnrolmentRequested(record.staff, record.subject, record.request)
        return self._recorded(event, lambda: self._shown(self._desk.hold(state, record, request)))

    def undo(self, asked: AllowedRequest) -> Said:
        return self._shown(self._desk.undo(asked.by.digest, self._clock.wall().at))

    def end(self, asked: AllowedRequest) -> Said:
        body: EndEnrolment = asked.body
        return self._shown(self._desk.end(asked.by.digest, "refused" if body.refused else "ended"))

    def requests(self, asked: AllowedRequest) -> Said:  # noqa: ARG002
        held = self._holdings()
        listed = tuple(request_shown(each, held) for each in self._desk.records[:_MOST_LISTED])
        return RequestList(listed, self._desk.left_out)

    def withdraw(self, asked: AllowedRequest) -> Said:
        body: WithdrawConsent = asked.body
        person, at = self._desk.person(body.subject), self._clock.wall().at
        if person is None:
            return refused(RefusedWhy.UNKNOWN, detail=body.subject)
        record, request = withdrawal_of(person, asked.by.staff, body.key, self._desk.ports)
        before = self._desk.known(record.request) or self._desk.withdrawing(person.subject)
        if before is not None:
            return request_shown(before, self._holdings())
        if self._desk.too_many_withdrawn:
            return refused(RefusedWhy.LIMIT, detail="requests")

        def erase() -> Said:
            self._desk.erase_here(person.subject, at)
            self._desk.leave(record, request)
            return request_shown(self._desk.known(record.request) or record, self._holdings())

        return self._recorded(ConsentWithdrawn(record.staff, record.subject), erase)

    # --- inside ----------------------------------------------------------------------------

    def _recorded(self, event: Event, then: Callable[[], Said]) -> Then:
        """Write `event` down in the main loop's thread, and do the rest only where that went well."""

        def write() -> Then:
            self._record(event)
            return Then(AnsweringThread.WORKER, then)

        return Then(AnsweringThread.LOOP, write)

    def _shown(self, state: UnderWay | Ended) -> Said:
        self._changed()
        if isinstance(state, Ended):
            other = self._desk.run_by()
            return none_shown(state, "" if other is None else other.registrar)
        return shown(
            state,
            self._holdings(),
            self._desk.limits(),
            self._clock.monotonic(),
            sights=self._desk.sights,
        )


def _wrong_with(body: SignConsent, at: datetime) -> str:
    """What is missing or wrong on the paper (a code); empty: nothing."""
    if not is_wording(body.wording):
        return "wording"
    if not is_signed(body.strokes, body.typed):
        return "signature"
    if body.born and (young := _is_young(body.born, at)) is not body.minor:
        return "born" if young is None else "minor" if young else "of_age"
    if body.minor and not (body.guardian.strip() and body.relation.strip()):
        return "guardian"
    return ""


def _is_young(born: str, at: datetime) -> bool | None:
    """Whether somebody born then consents through a guardian; None: that is no date of birth."""
    try:
        age = age_on(date.fromisoformat(born), at.date())
    except ValueError:
        return None
    return age < OF_AGE if 0 <= age <= 150 else None
