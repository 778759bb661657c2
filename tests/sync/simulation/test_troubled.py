"""What a simulated gate's link counts of what goes over it."""

from __future__ import annotations

import pytest

from edge.decision import ClockTrust
from edge.journal.format import BEGINNING, Entry, LaneClosed, link, told
from sync.simulation.troubled import Troubles, opening
from sync.transport.broker import Broker
from sync.transport.connection import Will
from sync.transport.core import InboundMessage, Link, LinkEnded, LinkState, Rejected
from sync.wire import JournalBatch, SealedMessage, batch_of, seal_message
from tests.keys import ed25519

EPOCH = bytes(16)


class _TakesAll:
    """A link on which everything goes, and nothing comes."""

    state = LinkState.READY
    ended: LinkEnded | None = None

    def poll(self, wait: float) -> None:
        """Nothing moves."""

    def fetch_arrived(self) -> list[InboundMessage]:
        return []

    def fetch_rejections(self) -> list[Rejected]:
        return []

    def publish(self, out: SealedMessage) -> bool:  # noqa: ARG002
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        """There is nothing to disconnect."""

    def abandon(self) -> None:
        """There is nothing to close."""


def entries(count: int) -> list[Entry]:
    found: list[Entry] = []
    kind, body = told(LaneClosed())
    for sequence in range(1, count + 1):
        before = found[-1].hash if found else BEGINNING.hash
        found.append(
            link(
                epoch=EPOCH,
                gate="north",
                sequence=sequence,
                at=1,
                trust=ClockTrust.TRUSTED,
                monotonic=1.0,
                kind=kind,
                body=body,
                previous=before,
            )
        )
    return found


@pytest.mark.parametrize("late", [0.0, 0.5])
def test_batches_are_counted_from_their_sending_and_questions_are_none(late: float) -> None:
    now = [0.0]
    troubles = Troubles(late=late, twice=True)

    def plain(_: Broker, __: str, ___: tuple[str, ...], ____: Will, _____: float) -> Link:
        return _TakesAll()

    going = opening(plain, troubles, lambda: now[0])(
        Broker("127.0.0.1", 1883, plain=True), "north", (), lambda: None, 10.0
    )
    rows = entries(12)
    question = JournalBatch(EPOCH, "north", 1, 0, BEGINNING.hash)
    for now[0], batch in (
        (0.5, question),
        (1.0, batch_of(rows[:4], 0)),
        (2.0, batch_of(rows[4:8], 4)),
        (3.0, batch_of(rows[8:], 8)),
    ):
        assert going.publish(seal_message(batch, "north", ed25519("north")))
    assert troubles.batches == 3
    assert troubles.in_flight.take_acknowledged(EPOCH, 12, 5.0) == [4.0, 3.0, 2.0]
