"""Bounds what central accepts from each device in a poll and in a second; a flood costs only its sender."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.signing.cose import MessageRefused
from sync.dispatch.core import Allowance, round_robin
from sync.transport.core import InboundMessage
from sync.wire import parse_topic

MOST_IN_A_POLL = 16
"""Messages of one device in one poll. A gate has two batches in flight, and a question or two."""
MOST_A_SECOND = 100.0
BURST = 1_000.0
"""Messages of one device: a gate that was away for a month sends fewer at once."""

Overrun = Callable[[str, int], None]
"""Called with a device and how many of its messages were dropped."""


class Intake:
    """Orders messages round robin by device, and drops unread what exceeds a device's share."""

    def __init__(self, overrun: Overrun, clock: Callable[[], float]) -> None:
        self._overrun = overrun
        self._allowance = Allowance(MOST_A_SECOND, BURST, clock)

    def __call__(self, arrived: Sequence[InboundMessage]) -> list[InboundMessage]:
        """The accepted messages: one of each device by turns, those of one device in order."""
        named = [(_device(item), item) for item in arrived]
        shared, dropped = round_robin(named, MOST_IN_A_POLL)
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
    """The sender by its topic: the broker's access list lets a device write under its own id only."""
    try:
        return parse_topic(item.topic)[0]
    except MessageRefused:
        return ""
