"""Mistakes between a gate's sync process and central, and in what central stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from edge.journal.format import Acknowledgement
from sync.central.journals.chains import HeldChain
from sync.central.tables import chain, event
from sync.wire import JournalBatch, SealedMessage, seal_message

Changed = Callable[..., Any]


def questions_survive_the_link(open_conversation: Changed) -> Changed:
    """What was asked on one link is remembered on the next: an answer is due since the oldest question."""

    def changed(self: Any, now: float) -> Any:
        return vars(self).setdefault("_opened", open_conversation(self, now))

    return changed


def hello_said_once(is_due: Changed) -> Changed:
    """Hello is said when a link comes up, and never again on it."""

    def changed(self: Any, now: float) -> bool:
        due: bool = is_due(self, now)
        self._ask_at = float("inf")
        return due

    return changed


def less_is_old_news(record: Changed) -> Changed:
    """An acknowledgement of less than before counts as overtaken, however late it was issued."""

    def changed(self: Any, acknowledgement: Acknowledgement, state: Any) -> bool:
        if acknowledgement.sequence < self.sequence(acknowledgement.epoch):
            return False
        news: bool = record(self, acknowledgement, state)
        return news

    return changed


def acknowledged_before_the_commit(handle: Changed) -> Changed:
    """A batch is acknowledged when it has arrived, and stored then."""

    def changed(self: Any, messages: Any, now: float) -> Iterator[SealedMessage]:
        for received in messages:
            batch = received.message
            if isinstance(batch, JournalBatch) and batch.rows:
                last = batch.first + len(batch.rows) - 1
                word = Acknowledgement(batch.epoch, last, batch.hash, self._wall())
                yield seal_message(word, received.device, self._key)
        yield from handle(self, messages, now)

    return changed


def prefix_over_gaps(_: Changed) -> Changed:
    """A journal counts as whole up to its highest event, whatever is missing below."""

    def changed(connection: sa.Connection, held: HeldChain) -> None:
        query = (
            sa.select(event.c.sequence, event.c.hash)
            .where(event.c.chain == held.number)
            .order_by(event.c.sequence.desc())
            .limit(1)
        )
        row = connection.execute(query).one_or_none()
        if row is not None:
            held.prefix, held.hash = row.sequence, row.hash

    return changed


def chain_by_device_alone(chain_of: Changed) -> Changed:
    """The events of a new epoch are counted on in the oldest chain of their device."""

    def changed(connection: sa.Connection, device: str, epoch: bytes, *, lock: bool = False) -> Any:
        query = sa.select(chain.c.epoch).where(chain.c.device == device).order_by(chain.c.number).limit(1)
        oldest = connection.execute(query).scalar_one_or_none()
        return chain_of(connection, device, oldest or epoch, lock=lock)

    return changed


def second_use_not_found(_: Changed) -> Changed:
    """Nobody compares which one-time passes two gates let through."""

    def changed(*_: Any) -> tuple[()]:
        return ()

    return changed
