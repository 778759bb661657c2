"""Welcomes the gates, and stores what each says that it holds; finds identities that two processes use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.devices.devices import note_hello
from sync.central.devices.process_starts import ALTERNATING, ProcessStarts, record_shared
from sync.central.devices.stamps import newest_link, older, take_stamp
from sync.central.store import Store
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.dispatcher import Refuse, refuse_silently
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    Hello,
    IdentityShared,
    ReceivedMessage,
    SealedMessage,
    Welcome,
    common_version,
    seal_message,
)

_Heard = tuple[ReceivedMessage, Hello]


class WelcomeHandler(StatelessHandler):
    """Answers each hello; `key` is central's message key. A hello that was recorded and is sent again is
    answered too, and stored nowhere: a gate whose clock was set back has to be told. Two processes with one
    identity are both notified.
    """

    channels = frozenset({Channel.HELLO})

    def __init__(
        self, store: Store, key: Ed25519PrivateKey, wall: Callable[[], int], refuse: Refuse = refuse_silently
    ) -> None:
        self._store = store
        self._key = key
        self._wall = wall
        self._refuse = refuse
        self._starts = ProcessStarts()
        self._software = version("gatepost")  # reads and parses a file
        self._log = structlog.get_logger("central.hello")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        hellos = [(item, item.message) for item in messages if isinstance(item.message, Hello)]
        # Sorted, so that two processes take their locks in one order and never wait for each other.
        hellos.sort(key=lambda item: (item[0].device, item[1].stamp))
        for heard in in_batch_or_each(hellos, self._stored, self._not_stored):
            alternating = {
                item.device
                for item, hello, _, is_news in heard
                if is_news and self._starts.alternates(item.device, hello.started)
            }
            record_shared(self._store, dict.fromkeys(alternating, ALTERNATING), self._wall())
            for item, hello, epoch, is_news in heard:
                if not is_news:
                    self._refuse(Channel.HELLO.of(item.device), item.data, older(hello.stamp))
                yield seal_message(self._welcome(hello, epoch), item.device, self._key)
            for device in sorted(alternating):
                yield seal_message(IdentityShared(self._wall()), device, self._key)

    def _stored(self, hellos: Sequence[_Heard]) -> list[tuple[ReceivedMessage, Hello, int, bool]]:
        """Store the hellos that are news; returns each with the highest epoch that was heard before it, and
        whether it was.
        """
        heard = []
        with self._store.writing() as connection:
            for item, hello in hellos:
                epoch = newest_link(connection, item.device)
                is_news = take_stamp(connection, item.device, Channel.HELLO, hello.stamp)
                if is_news:
                    note_hello(connection, item.device, hello, self._wall())
                heard.append((item, hello, epoch, is_news))
        return heard

    def _welcome(self, hello: Hello, epoch: int) -> Welcome:
        if common_version(SPEAKS, hello.speaks) is None:
            self._log.error("speaks_another_version", speaks=hello.speaks, software=hello.software)
        return Welcome(hello.nonce, self._wall(), epoch, SPEAKS, SCHEMA, self._software)

    def _not_stored(self, heard: _Heard, error: Exception) -> None:
        self._log.warning("hello_not_stored", device=heard[0].device, error=str(error))
