"""Messages that a broker retains, for others than gates: the contract of gates and centre retains nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import paho.mqtt.client as mqtt

from edge.errors import GatepostError
from sync.transport.broker import Broker, OtherBroker
from sync.transport.client import answer_to, client_of, client_of_other, connected, poll_until, refusal_of


def publish_retained(
    broker: Broker, client_id: str, messages: Mapping[str, bytes], within: float = 10.0
) -> None:
    """Have the broker retain each message for its topic; an empty one takes away what was retained there.
    Raises GatepostError.
    """
    with connected(client_of(broker, client_id), broker, within) as client:
        for topic, data in messages.items():
            _retain(client, broker, topic, data, within)


class RetainingLink:
    """A connection on which messages are retained, in the thread of whoever uses it."""

    def __init__(self, client: mqtt.Client, broker: OtherBroker, within: float) -> None:
        self._client = client
        self._broker = broker
        self._within = within

    def retain(self, topic: str, data: bytes) -> None:
        """Have the broker retain a message for its topic. Raises GatepostError."""
        _retain(self._client, self._broker, topic, data, self._within)

    def poll(self, seconds: float) -> None:
        """Keep it alive for a while. Raises GatepostError where it has ended."""
        if not poll_until(self._client, lambda: False, seconds):
            raise GatepostError(
                "the connection to the broker is lost", where=f"{self._broker.host}:{self._broker.port}"
            )


@contextmanager
def retaining(
    broker: OtherBroker, client_id: str, will: tuple[str, bytes], within: float = 5.0
) -> Iterator[RetainingLink]:
    """A connection to a `broker`, which retains `will` (topic and message) when that ends, however it does.
    Raises GatepostError.
    """
    client = client_of_other(broker, client_id)
    client.will_set(*will, qos=1, retain=True)
    with connected(client, broker, within, leaves_will=True):
        yield RetainingLink(client, broker, within)


def _retain(
    client: mqtt.Client, broker: Broker | OtherBroker, topic: str, data: bytes, within: float
) -> None:
    reason = answer_to(client, topic, data, within, retain=True)
    refused = refusal_of(reason)
    if refused is not None:
        raise GatepostError(
            f"the broker does not retain {topic}: {refused.text}",
            where=f"{broker.host}:{broker.port}",
            remedy="it has to retain, and to let this client write there (docs/home-assistant.md)",
        )
