"""Opens a link by the protocol that `[broker]` names."""

from __future__ import annotations

from collections.abc import Callable

from sync.transport.broker import Broker
from sync.transport.core import Link
from sync.transport.mqtt import open_mqtt_link
from sync.wire import SealedMessage


def open_link(
    broker: Broker,
    client_id: str,
    filters: tuple[str, ...],
    will: Callable[[], SealedMessage | None],
    patience: float,
) -> Link:
    """A link that connects, or has ended with the reason why not."""
    if not broker.is_amqp:
        return open_mqtt_link(broker, client_id, filters, will, patience)
    from sync.transport.amqp import open_amqp_link  # noqa: PLC0415 - a gate does not have the library

    return open_amqp_link(broker, client_id, filters)
