"""Keeps messages until they are gone: the most urgent first, one address in order, never without bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.delivery.core import (
    USUAL,
    Attachment,
    DeliveryOutcome,
    OutgoingMessage,
    Recipient,
    Waits,
    Way,
    fault_of,
    next_try,
)
from sync.central.delivery.tables import delivery, delivery_part, delivery_try
from sync.central.newer import word_of
from sync.central.over import is_over
from sync.central.store import StoreError
from sync.central.units import DAY, MINUTE

MOST_WAITING = 10_000
MOST_OF_ONE = 200
"""Messages that wait, of all and to one address: one more takes the place of the least urgent."""
KEPT_FOR = 90 * DAY
"""How long it is known what was sent, and which tries there were."""
CLAIMED_FOR = 5 * MINUTE
"""So long a process may take to send one; after that another may try. Longer than any try lasts."""
_TIME_TO_LEAVE = MINUTE
"""What waited so long without a try had its time: a way that hangs takes no turn."""
_LONGEST_WORDS = 300
_LONGEST_WAIT = 2 * USUAL.whole
_LONGEST_PAUSE = 2 * USUAL.longest
"""No try is due later than this after the one before."""


class MessageState(StrEnum):
    """Where a message is: it waits, was sent, was given up, came too late, was put out for urgent ones, or is
    about something that is over.
    """

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    LATE = "late"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class QueuedMessage:
    """A message that is to be sent now, with its number and how often it was tried."""

    number: int
    message: OutgoingMessage
    made_at: int
    tries: int


@dataclass(frozen=True)
class Try:
    """What became of one try."""

    at: int
    outcome: DeliveryOutcome
    words: str


@dataclass(frozen=True)
class Delivery:
    """A message as it is shown: where it went, what became of it, and its tries."""

    number: int
    to: Recipient
    subject: str
    about: str
    severity: int
    state: MessageState
    made_at: int
    due_at: int
    ended_at: int | None
    tries: tuple[Try, ...]


def enqueue(connection: sa.Connection, message: OutgoingMessage, now: int, most: int = MOST_WAITING) -> int:
    """Keep a message to be sent, in the transaction that it tells of; returns its number. Raises StoreError
    where it cannot be sent.

    Where more than `most` wait, the youngest of the least urgent is put out for it, which is recorded; it may
    be that one itself.
    """
    if fault := fault_of(message):
        raise StoreError(phrase("this message cannot be sent: %(fault)s", fault=fault), where=message.about)
    values = {
        "way": message.to.way.value,
        "address": message.to.to,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "about": message.about,
        "severity": message.severity,
        "state": MessageState.WAITING.value,
        "made_at": now,
        "until": message.until,
        "due_at": now,
    }
    made = connection.execute(sa.insert(delivery).values(values).returning(delivery.c.number))
    number: int = made.scalar_one()
    for position, each in enumerate(message.attachments):
        part = {"delivery": number, "position": position, "name": each.name, "kind": each.kind}
        connection.execute(sa.insert(delivery_part).values(**part, data=each.data))
    _bound(connection, _at(message.to), MOST_OF_ONE, now)
    _bound(connection, sa.true(), most, now)
    return number


def claim_next(
    connection: sa.Connection, ways: Sequence[Way], now: int, claimed_for: int = CLAIMED_FOR
) -> QueuedMessage | None:
    """The most urgent message whose turn it is, claimed for so long for whoever asks; None: none is due.

    Of each address only the first in turn is looked at: what waits behind one that was not taken waits too.
    """
    ahead = delivery.alias()
    is_behind = sa.exists().where(
        (ahead.c.way == delivery.c.way) & (ahead.c.address == delivery.c.address),
        ahead.c.state == MessageState.WAITING.value,
        sa.or_(
            sa.tuple_(ahead.c.severity, ahead.c.number) < sa.tuple_(delivery.c.severity, delivery.c.number),
            ~_is_free(ahead, now) & (ahead.c.number != delivery.c.number),
        ),
    )
    query = (
        sa.select(delivery)
        .where(_WAITS, delivery.c.way.in_([way.value for way in ways]), _is_due(now))
        .where(_is_free(delivery, now), ~is_behind)
        .order_by(delivery.c.severity, delivery.c.number)
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    mine = (delivery.c.number == row.number) & _is_free(delivery, now)
    claimed = connection.execute(
        sa.update(delivery).where(mine, _WAITS).values(claimed_until=now + claimed_for)
    )
    if claimed.rowcount == 0:
        return None
    parts = sa.select(delivery_part).where(delivery_part.c.delivery == row.number)
    attached = connection.execute(parts.order_by(delivery_part.c.position))
    message = OutgoingMessage(
        Recipient(word_of(Way, row.way), row.address),
        row.subject,
        row.text,
        row.html,
        tuple(Attachment(part.name, part.kind, part.data) for part in attached),
        row.about,
        row.severity,
        row.until,
    )
    return QueuedMessage(row.number, message, row.made_at, row.tries)


def record_try(
    connection: sa.Connection, tried: QueuedMessage, made: Try, drawn: float, waits: Waits = USUAL
) -> MessageState:
    """Write down what became of a try; returns where the message is then. `drawn` is from 0 to 1."""
    count, words = tried.tries + 1, made.words[:_LONGEST_WORDS]
    row = {
        "delivery": tried.number,
        "count": count,
        "at": made.at,
        "outcome": made.outcome.value,
        "words": words,
    }
    connection.execute(sa.insert(delivery_try).values(row))
    due = None
    if made.outcome is DeliveryOutcome.DELAYED:
        due = next_try(count, tried.made_at, made.at, drawn, tried.message.until, waits)
    if due is not None:
        values = {"tries": count, "due_at": due, "claimed_until": None}
        connection.execute(sa.update(delivery).where(_is(tried.number)).values(values))
        return MessageState.WAITING
    state = MessageState.SENT if made.outcome is DeliveryOutcome.SENT else MessageState.FAILED
    _end(connection, _is(tried.number), state, made.at)
    connection.execute(sa.update(delivery).where(_is(tried.number)).values(tries=count))
    return state


def end_late(connection: sa.Connection, now: int) -> None:
    """End what waited until it is of no use any more, or longer than anything is tried: by a way that is not
    configured, say.
    """
    _end(connection, _WAITS & _is_late(now), MessageState.LATE, now)


def take_unsent(connection: sa.Connection, way: Way, now: int, count: int = 100) -> list[Delivery]:
    """What was to go by a way and did not, and nobody was told of yet: from now on they were."""
    untold = _UNSENT & delivery.c.said_at.is_(None) & (delivery.c.way == way.value)
    query = sa.select(delivery).where(untold).order_by(delivery.c.number)
    rows = connection.execute(query.limit(count)).all()
    numbers = [row.number for row in rows]
    connection.execute(sa.update(delivery).where(delivery.c.number.in_(numbers)).values(said_at=now))
    return [_shown(connection, row) for row in rows]


def has_due(connection: sa.Connection, way: Way, now: int) -> bool:
    """Whether a message may be due by a way."""
    is_mine = _WAITS & (delivery.c.way == way.value)
    return _is_any(connection, is_mine & _is_due(now) & _is_free(delivery, now))


def is_untidy(connection: sa.Connection, way: Way, now: int) -> bool:
    """Whether something is to be told of, ended or forgotten."""
    untold = _UNSENT & delivery.c.said_at.is_(None) & (delivery.c.way == way.value)
    late = _WAITS & _is_late(now)
    return _is_any(connection, late | (delivery.c.ended_at < now - KEPT_FOR) | untold)


def withdraw(connection: sa.Connection, about: str, now: int) -> None:
    """End what waits and is about something that is over: nobody misses it."""
    _end(connection, _WAITS & (delivery.c.about == about), MessageState.WITHDRAWN, now)


def give_up(connection: sa.Connection, about: str, now: int) -> None:
    """End what waits and is too late for what it is about. What was tried in vain, or had its time, is told
    of as not sent.
    """
    had_its_time = (delivery.c.tries > 0) | (delivery.c.made_at <= now - _TIME_TO_LEAVE)
    _end(connection, _WAITS & (delivery.c.about == about) & had_its_time, MessageState.LATE, now)
    withdraw(connection, about, now)


def did_arrive(connection: sa.Connection, about: str) -> bool | None:
    """Whether any message about something left by mail or webhook; None where none was to."""
    outward = (delivery.c.about == about) & (delivery.c.way != Way.PAGE.value)
    states = {*connection.execute(sa.select(delivery.c.state).where(outward)).scalars()}
    return MessageState.SENT.value in states if states else None


def forget_old(connection: sa.Connection, now: int) -> None:
    """Remove what ended longer ago than it is kept."""
    connection.execute(sa.delete(delivery).where(delivery.c.ended_at < now - KEPT_FOR))


def deliveries_about(connection: sa.Connection, about: str, count: int = 50) -> list[Delivery]:
    """The newest messages about something, the newest first, each with its tries."""
    query = sa.select(delivery).where(delivery.c.about == about).order_by(delivery.c.number.desc())
    return [_shown(connection, row) for row in connection.execute(query.limit(count)).all()]


# --- inside --------------------------------------------------------------------------------

_WAITS = delivery.c.state == MessageState.WAITING.value
_UNSENT = delivery.c.state.in_(
    [MessageState.FAILED.value, MessageState.DROPPED.value, MessageState.LATE.value]
)


def _is_due(now: int) -> sa.ColumnElement[bool]:
    return is_over(delivery.c.due_at, now, _LONGEST_PAUSE)


def _is_free(which: sa.FromClause, now: int) -> sa.ColumnElement[bool]:
    """Whether nobody sends it now."""
    return is_over(which.c.claimed_until, now, 2 * CLAIMED_FOR)


def _is_late(now: int) -> sa.ColumnElement[bool]:
    return (delivery.c.until < now) | (delivery.c.made_at < now - _LONGEST_WAIT)


def _is_any(connection: sa.Connection, which: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.select(sa.literal(1)).where(which).limit(1)).first() is not None


def _is(number: int) -> sa.ColumnElement[bool]:
    return delivery.c.number == number


def _at(address: Recipient) -> sa.ColumnElement[bool]:
    return (delivery.c.way == address.way.value) & (delivery.c.address == address.to)


def _end(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    state: MessageState,
    now: int,
) -> None:
    """What ended keeps no text: a link in it would let in who reads the database."""
    ended = sa.select(delivery.c.number).where(which)
    connection.execute(sa.delete(delivery_part).where(delivery_part.c.delivery.in_(ended)))
    values = {"state": state.value, "ended_at": now, "claimed_until": None, "text": None, "html": None}
    connection.execute(sa.update(delivery).where(which).values(**values))


def _bound(connection: sa.Connection, which: sa.ColumnElement[bool], most: int, now: int) -> None:
    """Put out what is too much: the least urgent, of these the youngest; never one that is being sent."""
    waiting = sa.select(sa.func.count()).select_from(delivery).where(which, _WAITS)
    surplus = connection.execute(waiting).scalar_one() - most
    if surplus <= 0:
        return
    free = which & _WAITS & _is_free(delivery, now)
    query = sa.select(delivery.c.number).where(free)
    query = query.order_by(delivery.c.severity.desc(), delivery.c.number.desc()).limit(surplus)
    numbers = connection.execute(query).scalars().all()
    _end(connection, delivery.c.number.in_(numbers), MessageState.DROPPED, now)


def _shown(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Delivery:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    number = held["number"]
    query = sa.select(delivery_try).where(delivery_try.c.delivery == number).order_by(delivery_try.c.count)
    tries = tuple(
        Try(each.at, word_of(DeliveryOutcome, each.outcome), each.words) for each in connection.execute(query)
    )
    return Delivery(
        number,
        Recipient(word_of(Way, held["way"]), held["address"]),
        held["subject"],
        held["about"],
        held["severity"],
        word_of(MessageState, held["state"]),
        held["made_at"],
        held["due_at"],
        held["ended_at"],
        tries,
    )
