"""What a RabbitMQ of Gatepost holds: queues, bindings, rules, users and what each may do, as values. PURE.

`topology_of` says what there has to be; `changes_between` what is to be done where something else is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync.transport.core.routing import (
    CENTRES,
    DEAD,
    EXCHANGE,
    JOURNALS,
    PREFIX,
    journal_queues,
    key_of,
    overshadowed,
    queue_of,
    queues_of_client,
    reads_of,
    writes_of,
)
from sync.wire import RESERVED, Channel

VHOST = "/"
CENTRAL = "central"
"""The user of central's processes: the name in their certificate."""
BROKER_ADMINISTRATOR = "gatepost-administrator"
"""The user by which central keeps all this as it has to be."""
GUEST = "guest"
"""The user that RabbitMQ makes: its password is known to everybody."""
WORDS_LIVE = 60
"""Seconds: what is asked again anyway is not answered later."""
_GIB, _MIB = 2**30, 2**20
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One thing on the broker: `kind` is the collection of the management API that it is in, `key` what it is
    called there, `values` what it has to be. `fixed` is what only making it anew can change.
    """

    kind: str
    key: tuple[str, ...]
    values: Values
    fixed: bool = False

    @property
    def name(self) -> str:
        return " ".join(part for part in self.key if part != VHOST)


@dataclass(frozen=True)
class Change:
    """One thing to do. `item` is what has to be there; None: what is called so has to go."""

    kind: str
    key: tuple[str, ...]
    item: Item | None
    why: str


def topology_of(journals: int, devices: Collection[str]) -> tuple[Item, ...]:
    """All that has to be there, in the order in which it is made: with so many queues for journals, and a
    user for each of `devices` that can have one.
    """
    return (
        *_policies(),
        *_queues(journals),
        *_bindings(journals),
        *_of_central(),
        *(item for device in let_in(devices) for item in of_device(device)),
    )


def let_in(devices: Collection[str]) -> list[str]:
    """Those of `devices` that can have a user of their own: one that is called as a service, or that would
    read what is said to another, has none.
    """
    return sorted(frozenset(devices) - RESERVED - overshadowed(devices))


def of_device(device: str) -> tuple[Item, ...]:
    """A device's user and what it may do. The topics first: a user without a rule for topics may use all."""
    own = queues_of_client(device)
    return (
        Item("users", (device,), {"password_hash": "", "tags": []}),
        Item(
            "topic-permissions",
            (VHOST, device),
            {"exchange": EXCHANGE, "write": writes_of(device), "read": reads_of(device)},
        ),
        Item(
            "permissions",
            (VHOST, device),
            {"configure": f"^({own})$", "write": rf"^(amq\.topic|{own})$", "read": rf"^(amq\.topic|{own})$"},
        ),
    )


def changes_between(
    wanted: Collection[Item], found: Mapping[tuple[str, tuple[str, ...]], Values]
) -> Iterator[Change]:
    """What is to be done so that the broker holds what is `wanted`; `found` is what it holds, by kind and
    key.

    Of what nobody wants, users and what they may do go, and nothing else: a queue may still hold something.
    Users with tags are people's and programs' that look after the broker: they stay.
    """
    by_key = {(item.kind, item.key): item for item in wanted}
    for key, item in by_key.items():
        held = found.get(key)
        if held is None:
            yield Change(*key, item, "is missing")
        elif other := [name for name, value in item.values.items() if held.get(name) != value]:
            yield Change(*key, item, f"has another {', '.join(other)}")
    for (kind, name), held in found.items():
        if kind == "users" and (kind, name) not in by_key and (name == (GUEST,) or not held.get("tags")):
            yield Change(kind, name, None, "is nobody's that this centre knows")


def takes_nobody_unknown(change: Change, gone: Collection[str]) -> bool:
    """Whether a change needs no person's word: it takes no user away, or one of the devices that are `gone`
    from service, or RabbitMQ's own. A database that is another, or an older one, does not know who is there.
    """
    return change.kind != "users" or change.item is not None or change.key[0] in {*gone, GUEST}


def administrator_item(password_hash: str) -> Item:
    """The user by which central keeps the broker."""
    return Item("users", (BROKER_ADMINISTRATOR,), {"password_hash": password_hash, "tags": ["administrator"]})


# --- inside --------------------------------------------------------------------------------


def _policies() -> Iterator[Item]:
    """What may be changed while queues are full. Nothing that was taken from a gate is ever dropped for want
    of room: the gate is told that it is not taken, and keeps it.
    """
    yield _policy(
        "gatepost-journals",
        rf"^{_plain(JOURNALS)}\.[0-9]+$",
        "quorum_queues",
        {
            "overflow": "reject-publish",
            "max-length-bytes": 4 * _GIB,
            "delivery-limit": 20,
            "dead-letter-exchange": "",
            "dead-letter-routing-key": DEAD,
            "dead-letter-strategy": "at-least-once",
        },
    )
    words = "|".join(_plain(queue_of(channel)) for channel in _words())
    yield _policy(
        "gatepost-words",
        f"^({words})$",
        "quorum_queues",
        {"overflow": "reject-publish", "max-length-bytes": 256 * _MIB, "message-ttl": WORDS_LIVE * 1000},
    )
    yield _policy(
        "gatepost-dead",
        f"^{_plain(DEAD)}$",
        "quorum_queues",
        {"overflow": "drop-head", "max-length-bytes": 256 * _MIB, "message-ttl": 14 * 86_400_000},
    )
    # What waits for one device that is slow; the journal sends again, and the rest is asked again.
    yield _policy(
        "gatepost-devices",
        "^mqtt-subscription-",
        "classic_queues",
        {"overflow": "reject-publish", "max-length-bytes": 8 * _MIB},
    )


def _policy(name: str, pattern: str, queues: str, definition: Values) -> Item:
    values = {"pattern": pattern, "apply-to": queues, "priority": 1, "definition": definition}
    return Item("policies", (VHOST, name), values)


def _queues(journals: int) -> Iterator[Item]:
    for name in journal_queues(journals):
        # One consumer at a time: the batches of a journal are stored in their order, by one process.
        yield _queue(name, {"x-queue-type": "quorum", "x-single-active-consumer": True})
    for name in (*map(queue_of, _words()), DEAD):
        yield _queue(name, {"x-queue-type": "quorum"})
    values = {"type": "x-consistent-hash", "durable": True, "auto_delete": False}
    yield Item("exchanges", (VHOST, JOURNALS), values, fixed=True)


def _queue(name: str, arguments: Values) -> Item:
    values = {"durable": True, "auto_delete": False, "arguments": arguments}
    return Item("queues", (VHOST, name), values, fixed=True)


def _bindings(journals: int) -> Iterator[Item]:
    journal = key_of(Channel.JOURNAL.of_all)
    yield _binding(EXCHANGE, "e", JOURNALS, journal)
    for name in journal_queues(journals):
        yield _binding(JOURNALS, "q", name, "1")
    for channel in _words():
        yield _binding(EXCHANGE, "q", queue_of(channel), key_of(channel.of_all))


def _binding(source: str, what: str, destination: str, key: str) -> Item:
    return Item("bindings", (VHOST, "e", source, what, destination, key), {})


def _of_central() -> Iterator[Item]:
    """Central may consume and speak to devices; it can neither make a queue of gates' nor speak for one."""
    own = rf"{_plain(CENTRES)}.*|amq\.gen.*"
    yield Item("users", (CENTRAL,), {"password_hash": "", "tags": []})
    yield Item(
        "topic-permissions", (VHOST, CENTRAL), {"exchange": EXCHANGE, "write": r"^dn\.", "read": r"^up\."}
    )
    values = {
        "configure": f"^({own})$",
        "write": rf"^(amq\.topic|{own})$",
        "read": rf"^(amq\.topic|{_plain(PREFIX)}.*|{own})$",
    }
    yield Item("permissions", (VHOST, CENTRAL), values)


def _words() -> tuple[Channel, ...]:
    """The channels up that are no journals."""
    return tuple(channel for channel in Channel if channel.goes_up and channel is not Channel.JOURNAL)


def _plain(text: str) -> str:
    return text.replace(".", r"\.")
