"""The command desk: signs and sends what was asked for, and notes what became of it.

It remembers nothing but in the database: a daemon that starts again goes on, and sends nothing twice. Of
several daemons with the command key, the first that claims a request sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from edge.commands.core import CommandKind, CommandResult
from sync.central.command_issuer import CommandIssuer
from sync.central.commands.requests import HOLDS_FOR, CommandRequestState
from sync.central.over import is_over
from sync.central.reported.commands import note_verdict
from sync.central.reported.tables import command_request
from sync.central.store import Store, StoreError
from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, ReceivedMessage, RefusedByDevice, SealedMessage, digest_of

LOOKS_EVERY = 0.5
"""Seconds between two looks for requests."""
ANSWERED_WITHIN = 30_000_000
"""Microseconds after which a command is said to have no answer; one that comes later counts all the same."""
_MOST_SIGNED = 4
"""How often a request is signed, at most: at first, and as often as a gate asks for its challenge."""
_MOST_AT_ONCE = 20


@dataclass(frozen=True)
class _Claimed:
    """A request that this process is about to send."""

    number: int
    device: str
    kind: CommandKind
    argument: str
    actor: str
    challenge: bytes | None


class CommandDesk(StatelessHandler):
    """Sends the requests in `store`, signed by `issuer`."""

    channels = frozenset({Channel.COMMAND_RESULT, Channel.REFUSED_BY_DEVICE})

    def __init__(self, store: Store, issuer: CommandIssuer, wall: Callable[[], int]) -> None:
        self._store = store
        self._issuer = issuer
        self._wall = wall
        self._look_at = float("-inf")
        self._log = structlog.get_logger("central.commands")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        """Note the word of a sync process, where no gate is there or where it refuses."""
        try:
            with self._store.writing() as connection:
                for item in messages:
                    self._note(connection, item)
        except StoreError as error:
            self._log.warning("command_result_not_stored", error=str(error))
        self._look_at = float("-inf")
        return ()

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now < self._look_at:
            return
        self._look_at = now + LOOKS_EVERY
        try:
            claimed = self._claimed()
            for item in claimed:
                yield self._signed(item)
        except StoreError as error:
            self._log.warning("commands_not_read", error=str(error))

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self._look_at

    # --- inside ----------------------------------------------------------------------------

    def _claimed(self) -> list[_Claimed]:
        """What is to be sent now, claimed for this process; what is too late, or unanswered, is said so."""
        now = self._wall()
        with self._store.reading() as connection:
            if connection.execute(_ANYTHING_OPEN).first() is None:
                return []
        with self._store.writing() as connection:
            connection.execute(_expire(now))
            connection.execute(_give_up(now))
            rows = connection.execute(_TO_SEND).all()
            return [
                _Claimed(
                    row.number, row.device, CommandKind(row.kind), row.argument, row.actor, row.challenge
                )
                for row in rows
                if connection.execute(
                    _CLAIM, {"wanted": row.number, "as_it_was": row.times, "now": now}
                ).rowcount
            ]

    def _signed(self, item: _Claimed) -> SealedMessage:
        """The command, signed; its nonce is stored before anybody can answer."""
        command = self._issuer.sign(item.kind, item.actor, item.argument, item.challenge)
        sealed = self._issuer.seal(command, item.device)
        with self._store.writing() as connection:
            told = {"wanted": item.number, "nonce": command.nonce, "digest": digest_of(sealed.data)}
            connection.execute(_NOTE_SIGNED, told)
        self._log.info("command_sent", device=item.device, kind=item.kind.value, request=item.number)
        return sealed

    def _note(self, connection: sa.Connection, item: ReceivedMessage) -> None:
        match item.message:
            case CommandResult() as said:
                told = (said.outcome.value, said.text, said.challenge or b"")
                note_verdict(connection, item.device, said.nonce, told, said.at)
            case RefusedByDevice() as said:
                query = sa.select(command_request.c.nonce).where(
                    command_request.c.device == item.device, command_request.c.digest == said.digest
                )
                nonce = connection.execute(query).scalar()
                if nonce is not None:
                    told = ("refused", f"{said.code}: {said.detail}", b"")
                    note_verdict(connection, item.device, nonce, told, self._wall())


_STATE = command_request.c.state
_OPEN = _STATE.in_([CommandRequestState.WAITING, CommandRequestState.SENT])
_ANYTHING_OPEN = sa.select(command_request.c.number).where(_OPEN).limit(1)
_ASKED_AGAIN = (_STATE == CommandRequestState.SENT) & command_request.c.challenge.is_not(None)
_TO_SEND = (
    sa.select(command_request)
    .where(
        (_STATE == CommandRequestState.WAITING) | _ASKED_AGAIN,
        command_request.c.times < _MOST_SIGNED,
        command_request.c.kind.in_([*CommandKind]),  # others are for a newer process to send
    )
    .order_by(command_request.c.number)
    .limit(_MOST_AT_ONCE)
)
_CLAIM = (
    sa.update(command_request)
    .where(
        command_request.c.number == sa.bindparam("wanted"),
        command_request.c.times == sa.bindparam("as_it_was"),
        (_STATE == CommandRequestState.WAITING) | _ASKED_AGAIN,
    )
    .values(
        state=CommandRequestState.SENT,
        times=command_request.c.times + 1,
        sent_at=sa.bindparam("now"),
        challenge=None,
    )
)
_NOTE_SIGNED = (
    sa.update(command_request)
    .where(command_request.c.number == sa.bindparam("wanted"))
    .values(nonce=sa.bindparam("nonce"), digest=sa.bindparam("digest"))
)


def _expire(now: int) -> sa.Update:
    """What waited too long is sent no more; nor is what was asked for before the clock was set back."""
    is_late = is_over(command_request.c.expires_at, now, 2 * HOLDS_FOR)
    those = sa.update(command_request).where(_STATE == CommandRequestState.WAITING, is_late)
    return those.values(state=CommandRequestState.EXPIRED)


def _give_up(now: int) -> sa.Update:
    """What was sent long ago, or before the clock was set back, is not signed again."""
    sent_at = command_request.c.sent_at
    is_late = ~sent_at.between(now - ANSWERED_WITHIN + 1, now + ANSWERED_WITHIN)
    those = sa.update(command_request).where(_STATE == CommandRequestState.SENT, is_late)
    return those.values(state=CommandRequestState.UNANSWERED)
