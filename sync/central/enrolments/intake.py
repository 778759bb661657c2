"""Takes what gates ask for, once, and answers with what became of it: a gate that waits asks again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.registry_requests import (
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
)
from edge.signing.cose import MessageRefusal, MessageRefused
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.configuration import ChangesSection
from sync.central.confirming import Confirming, HeldAnswer
from sync.central.enrolments.deciding import withdraw
from sync.central.enrolments.requests import (
    MOST_WAITING,
    MOST_WITHDRAWN_A_DAY,
    KeptRequest,
    answer_to,
    is_forgotten,
    keep,
    request_at,
    room_for,
    room_for_withdrawal,
)
from sync.central.server import commit_point
from sync.central.store import Store, StoreError
from sync.central.tables import device, in_service
from sync.dispatch.core import Allowance
from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, ReceivedMessage, SealedMessage, seal_message

REQUESTS_A_SECOND, REQUESTS_AT_ONCE = 1.0, 20.0
"""Of one device: a gate says two each two seconds."""
FORGOTTEN = "this request is not known here any more: enrol the person anew"


class EnrolmentIntake(StatelessHandler):
    """Keeps requests in `store`; answers are signed with central's `key`. `clock` is monotonic seconds.

    A gate that has an answer deletes the faces that it sent: an answer rests on what a server's standbys
    have. What `confirming` holds back somebody else sends.
    """

    channels = frozenset({Channel.ENROLMENT_REQUEST})

    def __init__(
        self,
        store: Store,
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        clock: Callable[[], float],
        limits: ChangesSection,
        *,
        confirming: Confirming | None = None,
    ) -> None:
        self._store = store
        self._confirming = confirming or Confirming(store)
        self._key = key
        self._wall = wall
        self._limits = limits
        self._allowance = Allowance(REQUESTS_A_SECOND, REQUESTS_AT_ONCE, clock)
        self._log = structlog.get_logger("central.enrolments")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        answers = [
            self._taken(item.device, item.message)
            for item in messages
            if isinstance(item.message, EnrolmentRequest)
        ]
        return self._confirming.said(answers)

    # --- inside ----------------------------------------------------------------------------

    def _taken(self, sender: str, asked: EnrolmentRequest) -> HeldAnswer:
        """Keep what is asked, or know it again. Raises MessageRefused and StoreError."""
        if not self._allowance.allows(sender):
            raise MessageRefused(MessageRefusal.TOO_MANY, "requests beyond the share of one gate")
        now = self._wall()
        with self._store.writing() as connection:
            point = commit_point(connection)
            answer = self._answer(connection, sender, asked, now)
        return HeldAnswer(point, (sender, asked.id), seal_message(answer, sender, self._key))

    def _answer(
        self, connection: sa.Connection, sender: str, asked: EnrolmentRequest, now: int
    ) -> EnrolmentAnswer:
        place = connection.execute(_PLACE, {"sender": sender}).one_or_none()
        if place is None:
            raise MessageRefused(MessageRefusal.INVALID, f"{sender} is not in service")
        if asked.kind is not RequestKind.WITHDRAW and not room_for(connection, place.site, asked.id):
            raise MessageRefused(MessageRefusal.TOO_MANY, f"{MOST_WAITING} requests of {place.site} wait")
        if asked.kind is RequestKind.WITHDRAW and not room_for_withdrawal(
            connection, place.site, asked.id, now
        ):
            most = f"{MOST_WITHDRAWN_A_DAY} withdrawals of {place.site} in a day"
            raise MessageRefused(MessageRefusal.TOO_MANY, most)
        if is_forgotten(connection, asked):
            return EnrolmentAnswer(asked.id, RequestState.REFUSED, now, reason=FORGOTTEN)
        is_new = keep(connection, place.site, sender, place.gate, asked, now)
        kept = request_at(connection, asked.id)
        if kept is None or kept.device != sender:
            raise MessageRefused(MessageRefusal.INVALID, "another device has this request")
        if is_new and kept.kind is RequestKind.WITHDRAW:
            kept = self._withdrawn(connection, kept, now)
        return answer_to(connection, kept)

    def _withdrawn(self, connection: sa.Connection, kept: KeptRequest, now: int) -> KeptRequest:
        """What became of a withdrawal: done at once; where it cannot be, it waits for a registrar."""
        actor = Actor(None, f"{kept.staff} at gate {kept.gate}", SYSTEM.grants, SYSTEM.via)
        try:
            withdraw(connection, actor, kept, now=now, limits=self._limits)
        except StoreError as error:
            self._log.error("withdrawal_waits", site=kept.site, request=kept.id.hex(), error=str(error))
        return request_at(connection, kept.id) or kept


_PLACE = sa.select(device.c.site, device.c.gate).where(device.c.id == sa.bindparam("sender"), in_service)
