"""What central takes in of each device in a turn and a second: one that sends without end is cut, alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.signing.cose import MessageRefused
from sync.dispatch.core import Allowance, round_robin
from sync.transport.core import InboundMessage
from sync.wire import parse_topic

MOST_IN_A_TURN = 16
"""Messages of one device in one turn. A gate has two batches outstanding, and a question or two."""
MOST_A_SECOND = 100.0
BURST = 1_000.0
"""Messages of one device: a gate that was away for a month has less to tell than this at once."""

Overrun = Callable[[str, int], None]
"""A device, and how many of its messages were dropped."""


class Intake:
    """Orders what arrived by turns of the devices, and drops, unread, what is beyond a device's share."""

    def __init__(self, overrun: Overrun, clock: Callable[[], float]) -> None:
        self._overrun = overrun
        self._allowance = Allowance(MOST_A_SECOND, BURST, clock)

    def __call__(self, arrived: Sequence[InboundMessage]) -> list[InboundMessage]:
        """Those that are taken, one of each device after the other, each device's in their order."""
        named = [(_device(item), item) for item in arrived]
        shared, dropped = round_robin(named, MOST_IN_A_TURN)
        taken = []
        for item in shared:
            device = _device(item)
            if self._allowance.allows(device):
                taken.append(item)
            else:
                dropped[device] = dropped.get(device, 0) + 1
        for device, count in dropped.items():
            self._overrun(device, count)
        return taken


def _device(item: InboundMessage) -> str:
    """Whose it is: the broker's access list lets a device write under its own name alone."""
    try:
        return parse_topic(item.topic)[0]
    except MessageRefused:
        return ""
