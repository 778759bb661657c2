"""What every way can do."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sync.central.delivery.core import DeliveryOutcome, OutgoingMessage


class Sent(NamedTuple):
    """What became of a try, and in a few words what the other side said."""

    outcome: DeliveryOutcome
    words: str


class Sender(Protocol):
    """Sends a message once. It takes a bounded time whatever the other side does, and raises nothing of it.

    A message may come twice, after a crash: under the same `number`, by which whoever gets it can tell.
    """

    def send(self, number: int, message: OutgoingMessage, now: int) -> Sent: ...
