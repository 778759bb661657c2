"""Names on RabbitMQ: how a topic is written there, and which queue holds what. PURE.

RabbitMQ's MQTT plug-in writes a topic as a routing key of the exchange `amq.topic`: `/` becomes `.`. A dot of
a device's id stays one, so that the id is several words there; no two channels end alike, which tells them
apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from hashlib import sha256

from sync.wire import Channel, all_for

EXCHANGE = "amq.topic"
PREFIX = "gatepost."
JOURNALS = f"{PREFIX}journal"
"""The exchange that spreads journals over their queues, by consistent hash."""
DEAD = f"{PREFIX}dead"
"""The queue of what was delivered too often without being taken."""
CENTRES = f"{PREFIX}centre."
"""Before the id of a process of central, in the name of the queue that shows that it is there."""
_SHARED = "$share/"
_ANY = "#"
"""Any number of words: a device's id."""
_LIKES = 2**16


def key_of(topic: str) -> str:
    """The routing key of a topic, or the pattern of a filter."""
    return topic.replace("/", ".").replace("+", _ANY)


def topic_of(key: str) -> str:
    """The topic of a routing key; of a key that is none of ours, the plug-in's own."""
    direction, _, rest = key.partition(".")
    for end, spoken in _SPOKEN.items():
        if rest.endswith(end):
            return f"{direction}/{rest.removesuffix(end)}/{spoken}"
    return key.replace(".", "/")


def mended_topic(topic: str, filters: Iterable[str]) -> str:
    """The topic that a device is told something on: the plug-in has made the dots of its id to levels."""
    for name in filters:
        before = name.removesuffix(_ANY)
        altered = before.replace(".", "/")
        if before not in {name, altered} and topic.startswith(altered):
            return before + topic.removeprefix(altered)
    return topic


def overshadowed(devices: Collection[str]) -> frozenset[str]:
    """The devices that would read what is said to another: the other's id begins with theirs and a dot."""
    names = frozenset(devices)
    heads = (device[:place] for device in names for place, letter in enumerate(device) if letter == ".")
    return names.intersection(heads)


def queue_of(channel: Channel) -> str:
    """The queue of a channel, other than the journals', that goes up."""
    return PREFIX + channel.spoken.replace("/", "-")


def journal_queues(count: int) -> tuple[str, ...]:
    """The queues among which journals are spread."""
    return tuple(f"{JOURNALS}.{number}" for number in range(count))


def is_shared(name: str) -> bool:
    """Whether a subscription is shared with other processes."""
    return name.startswith(_SHARED)


def queues_for(filters: Iterable[str], count: int) -> tuple[str, ...]:
    """The queues from which a process consumes that would share the subscriptions `filters` on MQTT."""
    asked = {name.split("/", 2)[2] for name in filters if is_shared(name)}
    found: list[str] = []
    for channel in Channel:
        if channel.of_all in asked:
            found += journal_queues(count) if channel is Channel.JOURNAL else [queue_of(channel)]
    return tuple(found)


def liking(client: str, queue: str) -> int:
    """How much a process wants a queue, from 0 to 65,535: the broker gives it to the one that wants it most.

    Each queue has another order of the same processes (rendezvous hashing, Thaler and Ravishankar 1998): they
    share the queues without a word between them, and what one that died had goes to all others.
    """
    return int.from_bytes(sha256(f"{client}\0{queue}".encode()).digest()[:4], "big") % _LIKES


def writes_of(device: str) -> str:
    """The pattern (a regular expression) of the routing keys that a device may write."""
    spoken = "|".join(re.escape(key_of(channel.spoken)) for channel in Channel if channel.goes_up)
    return rf"^up\.{_literal(key_of(device))}\.({spoken})$"


def reads_of(device: str) -> str:
    """The pattern of the routing keys that a device may read: all that is said to it."""
    before = key_of(all_for(device)).removesuffix("#")
    return f"^{_literal(before)}"


def queues_of_client(client: str) -> str:
    """The pattern of the queues that the MQTT plugin makes for a client."""
    name = _literal(client)
    return f"mqtt-subscription-{name}qos[01]|mqtt-will-{name}"


_SPOKEN = {f".{channel.spoken.replace('/', '.')}": channel.spoken for channel in Channel}
"""How keys end, and what that is in a topic."""


def _literal(text: str) -> str:
    """A pattern that matches `text` alone: a dot unquoted would be any letter, and so another device."""
    return re.escape(text)
