"""Answers the console's requests: who may ask what is one table, and each request goes to the thread that may
answer it. `ask` never waits, so nothing that a console does reaches anyone who waits for the lane or a
decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import Final

import structlog

from edge.errors import GatepostError, JournalError
from edge.journal.format import StaffSignInRefused
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then, Watched
from edge.staff.core import Right
from edge.staff.file_errors import StaffFileError
from edge.staff.pace import TooFast
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Refused, RefusedWhy, Request, encoded, request_of
from edge.staff.protocol.watching import Topic, Watch
from edge.staff.refusals import refused
from edge.staff.sessions import Session, Sessions
from edge.staff.watching import Watching
from edge.support.calls import Calls
from edge.support.decoding import Undecodable
from edge.support.due import NEVER
from edge.support.packet_server import Answer as Answering
from edge.support.packet_server import Reply
from edge.support.throttle import Throttle

MOST_WAITING: Final = 64
"""Requests that wait for the worker, at most."""
TOPIC_RIGHTS: Final = {
    Topic.NOW: Right.FIND,
    Topic.NOW_NAMELESS: Right.SEE_NOW,
    Topic.SCREEN: None,  # what the person's screen shows to everybody
    Topic.PREVIEW: Right.LET_IN,
    Topic.AIM: Right.INSTALL,
    Topic.ENROLMENT: Right.ENROL,
    Topic.GATE: Right.SEE_NOW,
    Topic.INSTALLER: Right.INSTALL,
    Topic.CHECKS: Right.INSTALL,
    Topic.FIGURES: None,
}


class StaffService:
    """Answers requests by `table`, for the `sessions` that there are."""

    def __init__(
        self,
        table: Table,
        sessions: Sessions,
        watching: Watching,
        calls: Calls,
        gate: GatePorts,
        watched: Mapping[Topic, Watched] = MappingProxyType({}),
    ) -> None:
        """`watched` are the topics of which somebody has to know that they are watched."""
        self._table = table
        self._watched = watched
        self._sessions = sessions
        self._watching = watching
        self._calls = calls
        self._gate = gate
        self._throttle = Throttle(gate.clock.monotonic)
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake: Callable[[], None] = lambda: None
        self._log = structlog.get_logger("edge.staff")

    def at_work(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, when there is something for `poll`."""
        self._wake = wake

    def ask(self, packet: bytes, reply: Reply) -> None:
        """Answer one request, by a call of `reply` now or later; from any thread, and never waits. Raises
        Undecodable where it is none.
        """
        request = request_of(packet)

        def answer(said: Answer) -> None:
            reply(encoded(said))

        session = self._sessions.find(request.session)
        if isinstance(request.body, Watch):
            self._watch(request.body, request, session, answer)
            return
        handled = self._table[type(request.body)]
        objection = self._objection(handled, request, session)
        if objection is not None:
            answer(objection)
            return
        known = None if session is None or session.client != request.client else session
        asked = AllowedRequest(request.body, known, request.client)
        self._run(handled.where, lambda: handled.handle(asked), answer)

    def begin(self, do: Callable[[], Answer | Then], answer: Callable[[Answer], None]) -> None:
        """Have `do` done by the worker, as for a request; from any thread, and never waits."""
        self._run(AnsweringThread.WORKER, do, answer)

    def poll(self) -> float:
        """Answer what waits for the worker."""
        while True:
            try:
                self._waiting.get_nowait()()
            except Empty:
                return NEVER

    # --- inside ----------------------------------------------------------------------------

    def _watch(
        self, watch: Watch, request: Request, session: Session | None, answer: Callable[[Answer], None]
    ) -> None:
        for topic in watch.topics:
            right = TOPIC_RIGHTS[topic]
            handled = Handled(right, lambda asked: asked.body)
            objection = self._objection(handled, request, session)
            if objection is None and session is not None and topic in self._watched:
                objection = self._watched[topic](topic, session)
            if objection is not None:
                answer(objection)
                return
        self._watching.add(watch, answer)

    def _objection(self, handled: Handled, request: Request, session: Session | None) -> Refused | None:
        """Why this may not be asked; None: it may."""
        if handled.right is None:
            return None
        if session is None:
            return refused(RefusedWhy.NOT_SIGNED_IN)
        if session.client != request.client:
            self._used_elsewhere(session)
            return refused(RefusedWhy.NOT_SIGNED_IN, detail="other_client")
        if session.must_change and not handled.while_changing:
            return refused(RefusedWhy.PIN_MUST_CHANGE)
        return None if handled.right in session.rights else refused(RefusedWhy.NOT_YOUR_ROLE)

    def _used_elsewhere(self, session: Session) -> None:
        """Write down that a session was used from another address than it began at: its cookie was stolen, or
        its tablet got another address.
        """
        times = self._throttle.happened(session.staff)
        if times:
            event = StaffSignInRefused(session.staff, "other_client", times)
            self._calls.put(lambda: self._gate.note(event), always=True)

    def _run(
        self, where: AnsweringThread, do: Callable[[], Answer | Then], answer: Callable[[Answer], None]
    ) -> None:
        """Have `do` called in the thread `where`, and what it leaves to another in that one."""

        def call() -> None:
            said = self._done(do)
            if isinstance(said, Then):
                self._run(said.where, said.go_on, answer)
            else:
                answer(said)

        if where is AnsweringThread.HERE:
            call()
        elif not (self._calls.put(call) if where is AnsweringThread.LOOP else self._queued(call)):
            answer(refused(RefusedWhy.BUSY, wait=1.0))

    def _queued(self, call: Callable[[], None]) -> bool:
        if self._waiting.qsize() >= MOST_WAITING:
            return False
        self._waiting.put(call)
        self._wake()
        return True

    def _done(self, do: Callable[[], Answer | Then]) -> Answer | Then:
        """What `do` answers; whatever goes wrong is an answer as well."""
        try:
            return do()
        except JournalError as error:
            self._log.error("act_not_recorded", error=str(error))
            return refused(RefusedWhy.NOT_RECORDED)
        except TooFast as error:
            return refused(RefusedWhy.BUSY, wait=error.wait)
        except (StaffFileError, GatepostError, OSError) as error:
            self._log.error("staff_request_failed", error=str(error))
            return refused(RefusedWhy.UNAVAILABLE, detail=str(error)[:200])
        except Exception as error:  # noqa: BLE001 - whatever one request causes, the others are answered
            self._log.exception("staff_request_failed")
            return refused(RefusedWhy.UNAVAILABLE, detail=type(error).__name__)


def answer_readable(service: StaffService) -> Answering:
    """How a socket has its packets answered: one that cannot be read gets an answer that says so."""

    def answer(packet: bytes, reply: Reply) -> None:
        try:
            service.ask(packet, reply)
        except Undecodable as error:
            reply(encoded(refused(RefusedWhy.UNREADABLE, detail=str(error)[:200])))

    return answer
