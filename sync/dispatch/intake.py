"""Bounds what central accepts from each device in a poll and in a second; a flood costs only its sender."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.signing.cose import MessageRefused
from sync.dispatch.core import Allowance, round_robin
from sync.transport.core import InboundMessage
from sync.wire import BURST, MOST_A_SECOND, MOST_IN_A_POLL, parse_topic

Overrun = Callable[[str, Sequence[InboundMessage]], None]
"""Called with a device and those of its messages that were dropped."""


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
                dropped.setdefault(device, []).append(item)
        for device, items in dropped.items():
            self._overrun(device, items)
        return taken


def _device(item: InboundMessage) -> str:
    """The sender by its topic: the broker's access list lets a device write under its own id only."""
    try:
        return parse_topic(item.topic)[0]
    except MessageRefused:
        return ""
