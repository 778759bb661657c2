"""Hands commands to the gate over a socket, as central signed them, and never keeps one.

The gate verifies each command itself and journals the outcome. Sync answers only if the gate does not take
the command: it failed, and is not kept for later.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandOutcome, CommandResult
from sync.agent.core import LinkStamps
from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, ReceivedMessage, SealedMessage, seal_message

HandOver = Callable[[bytes], None]
"""Gives a signed command to the gate, and never waits; raises OSError where the gate does not take it."""


def datagrams_to(path: Path) -> HandOver:
    """The way to a gate that receives commands on the socket `path`."""

    def hand_over(command: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.setblocking(False)
            out.sendto(command, str(path))

    return hand_over


class CommandForwarder(StatelessHandler):
    """Hands commands to the gate by `hand_over`. `wall` gives microseconds since 1970 UTC, `stamps`
    what a result is stamped with.

    While `refused` is true, central refuses this device and no command is handed over.
    """

    channels = frozenset({Channel.COMMAND})

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        hand_over: HandOver,
        wall: Callable[[], int],
        stamps: LinkStamps,
        refused: Callable[[], bool] = lambda: False,
    ) -> None:
        self._device = device
        self._key = key
        self._hand_over = hand_over
        self._wall = wall
        self._stamps = stamps
        self._refused = refused
        self._log = structlog.get_logger("sync.commands")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        return [answer for received in messages for answer in self._handed_over(received)]

    def _handed_over(self, received: ReceivedMessage) -> Iterable[SealedMessage]:
        assert isinstance(received.message, Command)  # noqa: S101 - the channel says so
        if self._refused():
            self._log.error("command_not_taken", error="this device is refused by central")
            return
        try:
            self._hand_over(received.data)
        except OSError as error:
            text = f"the gate process does not accept it: {error.strerror or error}"
            self._log.warning("command_not_taken", error=text)
            result = CommandResult(
                received.message.nonce, CommandOutcome.FAILED, self._wall(), text, stamp=self._stamps.next()
            )
            yield seal_message(result, self._device, self._key)
