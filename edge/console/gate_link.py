"""Asks the gate, by its socket: one answer for each request, in bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Final

from edge.console.refusal import Refusal, gate_away, not_readable
from edge.staff.protocol import (
    MOST_BYTES,
    Answer,
    Refused,
    Request,
    RequestBody,
    answer_of,
    encoded,
    request_of,
)
from edge.support.decoding import Undecodable
from edge.support.packet_channel import PacketChannel

ANSWERS_WITHIN: Final = 5.0
"""Seconds. A gate answers in a few thousandths; a PIN takes it a second."""
_MOST_AT_ONCE: Final = 8


class GateLink:
    """The way to the gate at `socket`, for any thread. It connects when asked, and again after a restart."""

    def __init__(self, socket: Path, *, answers_within: float = ANSWERS_WITHIN) -> None:
        self._socket = socket
        self._answers_within = answers_within
        self._free: LifoQueue[PacketChannel] = LifoQueue()
        for _ in range(_MOST_AT_ONCE):
            self._free.put(self.channel(answers_within))

    def channel(self, answers_within: float) -> PacketChannel:
        """A connection of its own, for who waits long."""
        return PacketChannel(self._socket, most_bytes=MOST_BYTES, answers_within=answers_within)

    def ask(self, body: RequestBody, *, session: str = "", client: str = "") -> Answer:
        """What the gate answers. Raises Refusal where it does not do it, or does not answer."""
        with self._borrowed() as channel:
            return answered(channel, Request(body, session, client))

    def close(self) -> None:
        """End the connections that nobody uses."""
        while not self._free.empty():
            self._free.get().close()

    @contextmanager
    def _borrowed(self) -> Iterator[PacketChannel]:
        try:
            channel = self._free.get(timeout=self._answers_within)
        except Empty:
            raise gate_away() from None
        try:
            yield channel
        finally:
            self._free.put(channel)


def answered(channel: PacketChannel, request: Request) -> Answer:
    """What the gate answers on a connection. Raises Refusal likewise."""
    packet = encoded(request)
    try:
        request_of(packet)
    except Undecodable as error:
        raise not_readable(str(error)) from None
    try:
        answer: Answer = answer_of(channel.ask(packet))
    except (OSError, Undecodable):
        channel.close()
        raise gate_away(maybe_done=channel.was_sent) from None
    if isinstance(answer, Refused):
        raise Refusal(answer)
    return answer
