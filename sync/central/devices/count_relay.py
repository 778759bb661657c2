"""Sends what one gate counted on to the other gates of its site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.counting.core import CountSnapshot, wrong_with
from edge.signing.cose import CborLimits, MessageRefusal, MessageRefused, encode_value, value_decoder
from sync.central.devices.stamps import older, take_stamp
from sync.central.store import Store, insert_or_update
from sync.central.tables import device, gate_counts, in_service
from sync.dispatch.core import Allowance
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    COUNTS_A_SECOND,
    COUNTS_AT_ONCE,
    MOST_COUNTS_BYTES,
    Channel,
    GateCounts,
    ReceivedMessage,
    SealedMessage,
    SiteCounts,
    fitting,
    seal_message,
)

_decoded = value_decoder(CountSnapshot, CborLimits(MOST_COUNTS_BYTES, depth=6, items=48_000))


class CountRelay(StatelessHandler):
    """Relays counts between the gates of a site, signed with central's `key`; keeps each gate's newest.

    A gate speaks for itself only: as the database, not the message, says which gate of which site it is.
    `clock` is monotonic, in seconds.
    """

    channels = frozenset({Channel.GATE_COUNTS})

    def __init__(
        self, store: Store, key: Ed25519PrivateKey, wall: Callable[[], int], clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._key = key
        self._wall = wall
        self._allowance = Allowance(COUNTS_A_SECOND, COUNTS_AT_ONCE, clock)

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        counts = sorted(
            ((item.device, item.message) for item in messages if isinstance(item.message, GateCounts)),
            key=lambda item: item[0],
        )
        answers: list[SealedMessage] = []
        with self._store.writing() as connection:
            for sender, message in counts:
                answers += self._relayed(connection, sender, message)
        return iter(answers)

    def _relayed(
        self, connection: sa.Connection, sender: str, message: GateCounts
    ) -> Iterator[SealedMessage]:
        if not self._allowance.allows(sender):  # each is large, and goes to every gate of the site
            raise MessageRefused(MessageRefusal.TOO_MANY, "counts beyond the share of one gate")
        if not take_stamp(connection, sender, Channel.GATE_COUNTS, message.stamp):
            raise older(message.stamp)
        site, others = _site_of(connection, sender, message.counts)
        _keep(connection, sender, message.counts, self._wall())
        for other in others:
            yield seal_message(SiteCounts(message.counts), other, self._key)
        if message.asks:
            for kept in _kept_of(connection, site, message.counts.gate):
                yield seal_message(SiteCounts(kept), sender, self._key)


def _site_of(connection: sa.Connection, sender: str, counts: CountSnapshot) -> tuple[str, list[str]]:
    """The sender's site, and the other devices in service there. Raises MessageRefused."""
    place = connection.execute(_PLACE, {"sender": sender}).one_or_none()
    if place is None or (counts.site, counts.gate) != tuple(place) or counts != counts.own():
        raise MessageRefused(
            MessageRefusal.INVALID,
            f"counts of gate {counts.gate[:64]} at {counts.site[:64]}; a device counts for its own gate only",
        )
    wrong = wrong_with(counts, place.site)
    if wrong:
        raise MessageRefused(MessageRefusal.INVALID, wrong)
    others = connection.execute(_OTHERS, {"here": place.site, "but": place.gate}).scalars()
    return place.site, sorted(others)


def _keep(connection: sa.Connection, sender: str, counts: CountSnapshot, at: int) -> None:
    """Keep the newest counts of a device, with the passages of earlier ones."""
    # No other process writes this row meanwhile: the stamp was taken, which locks the device's.
    held = connection.execute(_HELD, {"sender": sender}).scalar_one_or_none()
    newest = counts if held is None else _decoded(held).updated(counts)
    values = {"device": sender, "counts": encode_value(fitting(newest)), "at": at}
    connection.execute(_put_counts(connection.dialect.name), values)


def _kept_of(connection: sa.Connection, site: str, but: str) -> Iterator[CountSnapshot]:
    """What the other gates of a site counted last: of each gate the device that spoke last."""
    kept = connection.execute(_KEPT, {"here": site, "but": but}).scalars()
    newest = {counts.gate: counts for counts in map(_decoded, kept)}
    yield from newest.values()


_IS_ANOTHER_GATE = (device.c.site == sa.bindparam("here")) & (device.c.gate != sa.bindparam("but"))
_PLACE = sa.select(device.c.site, device.c.gate).where(device.c.id == sa.bindparam("sender"), in_service)
_OTHERS = sa.select(device.c.id).where(_IS_ANOTHER_GATE, in_service)
_HELD = sa.select(gate_counts.c.counts).where(gate_counts.c.device == sa.bindparam("sender"))
_KEPT = (
    sa.select(gate_counts.c.counts)
    .join(device, device.c.id == gate_counts.c.device)
    .where(_IS_ANOTHER_GATE)
    .order_by(gate_counts.c.at)
)


@cache
def _put_counts(dialect: str) -> Any:
    """Puts the counts of a device in the place of those before."""
    insert = insert_or_update(dialect, gate_counts)
    new = insert.excluded
    return insert.on_conflict_do_update(index_elements=["device"], set_={"counts": new.counts, "at": new.at})
