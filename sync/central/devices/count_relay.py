"""Sends what one gate counted on to the other gates of its site."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    place = connection.execute(
        sa.select(device.c.site, device.c.gate).where(device.c.id == sender, in_service)
    ).one_or_none()
    if place is None or (counts.site, counts.gate) != tuple(place) or counts != counts.own():
        raise MessageRefused(
            MessageRefusal.INVALID,
            f"counts of gate {counts.gate[:64]} at {counts.site[:64]}; a device counts for its own gate only",
        )
    wrong = wrong_with(counts, place.site)
    if wrong:
        raise MessageRefused(MessageRefusal.INVALID, wrong)
    others = sa.select(device.c.id).where(
        device.c.site == place.site, device.c.gate != place.gate, in_service
    )
    return place.site, sorted(connection.execute(others).scalars())


def _keep(connection: sa.Connection, sender: str, counts: CountSnapshot, at: int) -> None:
    """Keep the newest counts of a device, with the passages of earlier ones."""
    # No other process writes this row meanwhile: the stamp was taken, which locks the device's.
    held = connection.execute(
        sa.select(gate_counts.c.counts).where(gate_counts.c.device == sender)
    ).scalar_one_or_none()
    newest = counts if held is None else _decoded(held).updated(counts)
    values = {"counts": encode_value(fitting(newest)), "at": at}
    insert = insert_or_update(connection.dialect.name, gate_counts).values(device=sender, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=["device"], set_=values))


def _kept_of(connection: sa.Connection, site: str, but: str) -> Iterator[CountSnapshot]:
    """What the other gates of a site counted last: of each gate the device that spoke last."""
    query = (
        sa.select(gate_counts.c.counts)
        .join(device, device.c.id == gate_counts.c.device)
        .where(device.c.site == site, device.c.gate != but)
        .order_by(gate_counts.c.at)
    )
    newest = {counts.gate: counts for counts in map(_decoded, connection.execute(query).scalars())}
    yield from newest.values()
