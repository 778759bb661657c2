"""The one enrolment that goes on at a gate: who runs it, how it stands, and what comes of it.

Looks come from the main loop's thread, which never waits here; everything else is asked by the staff's
thread, or done by a task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import RLock
from typing import Final

import structlog

from edge.enrolling import (
    Alike,
    AlikeLimits,
    ConsentPaper,
    EnrolmentSession,
    EnrolmentStep,
    Person,
    chosen,
    is_over,
    looked,
    retaken,
    signed,
    taken_now,
)
from edge.errors import GatepostError
from edge.journal.format import EnrolmentAnswered
from edge.registry.gallery import Gallery
from edge.registry.templates import Vector
from edge.registry_requests import (
    MOST_FILES,
    MOST_REQUESTS,
    Choice,
    EnrolmentRequest,
    RequestKind,
)
from edge.staff.enrolment.ports import EnrolmentPorts
from edge.staff.enrolment.requests import UNDONE, RequestFolder, RequestRecord
from edge.staff.enrolment.sights import Sights
from edge.staff.enrolment.states import Ended, UnderWay
from edge.vision.reports import Blur

POLLED_EVERY: Final = 1.0
_MOST_ENDED: Final = 8
MOST_WITHDRAWN: Final = MOST_FILES - MOST_REQUESTS
"""Withdrawals that wait to be answered, at most: of each the gate keeps a file and a record."""
_DOUBTFUL: Final = AlikeLimits(0.36, 0.60)
"""For an engine that was never measured: as edge.admin.similarity has it."""


class EnrolmentDesk:
    """Runs one enrolment at a time, and keeps its requests."""

    def __init__(self, ports: EnrolmentPorts, requests: RequestFolder) -> None:
        self.ports = ports
        self._requests = requests
        self._lock = RLock()
        self._running: UnderWay | None = None
        self._ended: dict[bytes, Ended] = {}
        self.sights = Sights(self._takes_pictures)
        self._log = structlog.get_logger("edge.enrolment")
        self._leave_out_again()

    # --- from the main loop: it never waits ------------------------------------------------

    def hear(self, happened: object) -> None:
        """Take what the vision worker reports."""
        self.sights.hear(happened)

    def _takes_pictures(self) -> bool:
        """Whether somebody has consented to what the camera sees of them."""
        running = self._running
        return running is not None and running.session.step in {EnrolmentStep.PICTURES, EnrolmentStep.CHECK}

    # --- from the staff's thread -----------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether so many requests wait that no more are taken."""
        with self._lock:
            return self._requests.is_full()

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        """What became of the requests, the newest first."""
        with self._lock:
            return self._requests.records

    def limits(self) -> AlikeLimits:
        """How alike pictures have to be, by what is in force now."""
        held = self.ports.registry()
        needed = None if held is None else held.thresholds
        return _DOUBTFUL if needed is None else AlikeLimits(needed.confirm, needed.identify)

    def person(self, subject: str) -> Person | None:
        """Who is enrolled, as the registry in force knows them."""
        held = self.ports.registry()
        found = None if held is None else held.registry.subjects.get(subject)
        return (
            None if found is None else Person(found.id, found.version, found.name or found.id, found.address)
        )

    def run_by(self) -> UnderWay | None:
        """The enrolment that goes on."""
        with self._lock:
            self._end_if_over()
            return self._running

    def begin(self, owner: bytes, staff: str, registrar: str, person: Person) -> UnderWay:
        """A new enrolment, in the place of one of the same session."""
        with self._lock:
            now = self.ports.clock.monotonic()
            number = self.ports.entropy(8).hex()
            self._ended.pop(owner, None)
            self.sights.forget()
            self._running = UnderWay(owner, registrar, EnrolmentSession(number, person, staff, now, now))
            return self._running

    def now(self, owner: bytes) -> UnderWay | Ended:
        """How one's own enrolment stands, after what the camera has seen; it lives on by being asked for."""
        with self._lock:
            self._end_if_over()
            running = self._running
            if running is None or running.owner != owner:
                return self._ended.get(owner, Ended(""))
            if running.session.step in {EnrolmentStep.PICTURES, EnrolmentStep.CHECK}:
                self.ports.pictures.enrol()
                self.ports.pictures.preview(Blur.BYSTANDERS)
            self._running = replace(running, session=self._seen(running.session))
            return self._running

    def sign(self, before: UnderWay, paper: ConsentPaper, at: datetime) -> UnderWay | Ended:
        """After the consent, which is in the journal: pictures are taken. It is one to the enrolment that
        there was `before`, and to no other that was begun since.
        """

        def consented(run: UnderWay) -> UnderWay:
            same = run.session.number == before.session.number
            return replace(run, session=signed(run.session, paper), signed_at=at) if same else run

        return self._changed(before.owner, EnrolmentStep.CONSENT, consented)

    def take_again(self, owner: bytes) -> UnderWay | Ended:
        """From the first picture again."""
        self.sights.forget()
        return self._changed(
            owner,
            EnrolmentStep.CHECK,
            lambda run: replace(run, session=retaken(run.session)),
            EnrolmentStep.PICTURES,
        )

    def take_now(self, owner: bytes) -> UnderWay | Ended:
        """After the next picture was taken by hand, of what was seen last."""

        def take(run: UnderWay) -> UnderWay:
            nearest = self._nearest_but(run.session.person.subject)
            session = taken_now(run.session, self.limits(), nearest)
            self.sights.keep(len(session.shots))
            return replace(run, session=session)

        return self._changed(owner, EnrolmentStep.PICTURES, take)

    def choose(self, owner: bytes, choice: Choice) -> UnderWay | Ended:
        """After staff said who the look-alike is."""
        return self._changed(
            owner, EnrolmentStep.CHECK, lambda run: replace(run, session=chosen(run.session, choice))
        )

    def end(self, owner: bytes, why: str) -> Ended:
        """End one's own enrolment: what was not asked for is gone."""
        with self._lock:
            running = self._running
            if running is not None and running.owner == owner:
                self._finish(running, why)
            return self._ended.get(owner, Ended(""))

    # --- requests --------------------------------------------------------------------------

    def known(self, identity: str) -> RequestRecord | None:
        """The record of a request."""
        with self._lock:
            return next((each for each in self._requests.records if each.request == identity), None)

    def withdrawing(self, subject: str) -> RequestRecord | None:
        """The withdrawal that somebody asked for last, and that is not answered yet."""
        with self._lock:
            newest = next((each for each in self._requests.records if each.subject == subject), None)
        return (
            newest if newest is not None and newest.kind is RequestKind.WITHDRAW and newest.is_open else None
        )

    @property
    def too_many_withdrawn(self) -> bool:
        """Whether so many withdrawals wait that somebody makes them who wants to fill the disk."""
        waiting = (each.kind is RequestKind.WITHDRAW and each.is_open for each in self.records)
        return sum(waiting) >= MOST_WITHDRAWN

    def hold(self, before: UnderWay, record: RequestRecord, request: EnrolmentRequest) -> UnderWay | Ended:
        """Hold the request of one's own enrolment back, so that it can be undone. Raises OSError."""
        owner = before.owner
        with self._lock:
            if not self._goes_on(before, record):
                return self.now(owner)
            self._requests.hold(record, request)
            self.ports.left_out.consented(record.subject)

            def done(run: UnderWay) -> UnderWay:
                now = self.ports.clock.monotonic()
                session = replace(run.session, step=EnrolmentStep.DONE, finished=now, shots=(), look=None)
                return replace(run, session=session, record=self.known(record.request))

            self.sights.forget()
            return self._changed(owner, EnrolmentStep.CHECK, done)

    def join(self, before: UnderWay, record: RequestRecord, request: EnrolmentRequest, why: str) -> Ended:
        """Leave the request that ends one's own enrolment, at once. Raises OSError."""
        with self._lock:
            if self._goes_on(before, record):
                self._requests.leave(record, request)
                return self.end(before.owner, why)
            return self._ended.get(before.owner, Ended(""))

    def leave(self, record: RequestRecord, request: EnrolmentRequest) -> None:
        """Leave a request for who carries it, at once. Raises OSError."""
        with self._lock:
            self._requests.leave(record, request)

    def erase_here(self, subject: str, at: datetime) -> None:
        """Leave the face of `subject` out here, and take back what was asked for them. Raises OSError."""
        with self._lock:
            self.ports.left_out.leave_out(subject, at)
            for each in self._requests.records:
                if (
                    each.subject == subject
                    and each.kind is RequestKind.ENROL
                    and each.state in {"held", "waiting"}
                ):
                    self._requests.take_back(each.request, at, "withdrawn")
            running = self._running
            if running is not None and running.session.person.subject == subject:
                self._finish(running, "withdrawn")

    def undo(self, owner: bytes, at: datetime) -> Ended:
        """Take back what was just asked for. Raises OSError."""
        with self._lock:
            running = self._running
            if running is None or running.owner != owner or running.record is None:
                return self._ended.get(owner, Ended(""))
            self._requests.take_back(running.record.request, at)
            self.ports.note(EnrolmentAnswered(running.record.request, UNDONE))
            self._finish(running, UNDONE)
            return self._ended[owner]

    @property
    def left_out(self) -> tuple[str, ...]:
        return self.ports.left_out.left_out

    # --- a task ----------------------------------------------------------------------------

    def poll(self) -> float:
        """End what is over, send what can be undone no more, take up answers; returns when to look again."""
        with self._lock:
            try:
                self._end_if_over()
                self._release()
                for record in self._requests.answered():
                    self.ports.note(EnrolmentAnswered(record.request, record.state, record.reason))
                self.ports.left_out.tidy()
            except (OSError, GatepostError) as error:
                self._log.error("enrolment_requests_not_kept", error=str(error))
        return self.ports.clock.monotonic() + POLLED_EVERY

    # --- inside ----------------------------------------------------------------------------

    def _leave_out_again(self) -> None:
        """Leave out whose withdrawal is not answered, where the list of those was lost."""
        newest = {record.subject: record for record in reversed(self._requests.records)}
        for record in newest.values():
            if record.kind is RequestKind.WITHDRAW and record.is_open and record.subject not in self.left_out:
                self.ports.left_out.leave_out(record.subject, record.at)

    def _goes_on(self, before: UnderWay, record: RequestRecord) -> bool:
        """Whether an enrolment is still where it was before its request was written down; else nothing comes
        of that request: it was asked for twice, or its person withdrew meanwhile.
        """
        running = self._running
        same = running is not None and running.session.number == before.session.number
        if same and running is not None and running.session.step is EnrolmentStep.CHECK:
            return True
        self.ports.note(EnrolmentAnswered(record.request, UNDONE))
        return False

    def _release(self) -> None:
        """Leave what is held back and can be undone no more: a restart has nobody left who could."""
        running = self._running
        undoable = None if running is None or running.record is None else running.record.request
        for identity in self._requests.held():
            if identity != undoable:
                self._requests.release(identity, self.ports.clock.wall().at)

    def _seen(self, session: EnrolmentSession) -> EnrolmentSession:
        limits = self.limits()
        seen = replace(session, touched=self.ports.clock.monotonic())
        for look in self.sights.looks():
            seen = looked(seen, look, limits, self._nearest_but(session.person.subject))
            self.sights.keep(len(seen.shots))
        return seen

    def _nearest_but(self, subject: str) -> Callable[[Vector], Alike | None]:
        """The most similar subject in what is in force, but for `subject`."""
        held = self.ports.registry()
        found: list[Gallery] = []

        def nearest(template: Vector) -> Alike | None:
            if held is None:
                return None
            if not found:  # made once, and only where somebody is compared
                enrolled = len(held.gallery.rows(subject))
                found.append(held.gallery.updated({subject: ()}) if enrolled else held.gallery)
            match = found[0].search(template)
            return None if match is None else Alike(match.subject_id, match.score)

        return nearest

    def _changed(
        self,
        owner: bytes,
        at: EnrolmentStep,
        change: Callable[[UnderWay], UnderWay],
        *also: EnrolmentStep,
    ) -> UnderWay | Ended:
        with self._lock:
            self._end_if_over()
            running = self._running
            if running is None or running.owner != owner:
                return self._ended.get(owner, Ended(""))
            if running.session.step in {at, *also}:
                touched = replace(running.session, touched=self.ports.clock.monotonic())
                self._running = change(replace(running, session=touched))
            return self._running or running

    def _end_if_over(self) -> None:
        running = self._running
        if running is not None and (why := is_over(running.session, self.ports.clock.monotonic())):
            self._finish(running, why)

    def _finish(self, running: UnderWay, why: str) -> None:
        """Let go of everything that is not asked for."""
        self._running = None
        self.sights.forget()
        self._ended[running.owner] = Ended(why, running.session.person)
        while len(self._ended) > _MOST_ENDED:
            del self._ended[next(iter(self._ended))]
