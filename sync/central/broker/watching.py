"""Watches a RabbitMQ: what of it needs somebody becomes an alarm, and is over when it is well again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.digesting import open_alarms
from sync.central.alarms.raising import end_cue, raise_cues
from sync.central.store import Store
from sync.transport.core import CENTRES, DEAD

FULL = 0.8
"""Of a queue's limit: from then on it is nearly full."""
Found = Collection[Mapping[str, Any]]


@dataclass(frozen=True, order=True)
class BrokerTrouble:
    """Something that needs somebody: a code (`alarm_figures` has its words), and of which node or queue."""

    what: str
    name: str = ""

    @property
    def key(self) -> str:
        return f"broker {self.what} {self.name}".rstrip()


def troubles_of(hosts: Collection[str], nodes: Found, queues: Found) -> Iterator[BrokerTrouble]:
    """What needs somebody, by what a node says of all nodes and queues."""
    running = {host_of(node): node for node in nodes if node.get("running")}
    yield from (BrokerTrouble("node_gone", host) for host in hosts if host not in running)
    for host, node in running.items():
        for name, what in (
            ("disk_free_alarm", "disk_low"),
            ("mem_alarm", "memory_low"),
            ("partitions", "node_cut_off"),
        ):
            if node.get(name):
                yield BrokerTrouble(what, host)
    for queue in queues:
        name, held, most = str(queue.get("name")), queue.get("message_bytes", 0), limit_of(queue)
        if name.startswith(CENTRES):
            continue
        if queue.get("type") != "quorum":
            yield BrokerTrouble("not_quorum", name)
        if most and isinstance(held, int) and held > FULL * most:
            yield BrokerTrouble("queue_full", name)
        if name == DEAD and queue.get("messages"):
            yield BrokerTrouble("dead_messages", name)


def host_of(node: Mapping[str, Any]) -> str:
    """The host of a node, of its name rabbit@HOST."""
    return str(node.get("name", "")).partition("@")[2]


def limit_of(queue: Mapping[str, Any]) -> int:
    """How many bytes a queue may hold; 0: as many as come."""
    effective = queue.get("effective_policy_definition") or {}
    most = effective.get("max-length-bytes", 0) if isinstance(effective, dict) else 0
    return most if isinstance(most, int) else 0


def broker_troubles(connection: sa.Connection) -> tuple[str, ...]:
    """What needs somebody by the alarms that are open, in words."""
    values = [held.life.values for held in open_alarms(connection, [AlarmKind.BROKER_AMISS])]
    return tuple(f"{each['what']} {each.get('detail', '')}".replace("_", " ").rstrip() for each in values)


class BrokerWatch:
    """Makes alarms in `store` of what is seen twice in a row, and ends those of what is seen no more."""

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store, self._wall = store, wall
        self._since: dict[BrokerTrouble, int] = {}
        self._raised: frozenset[BrokerTrouble] = frozenset()

    def see(self, troubles: Collection[BrokerTrouble]) -> None:
        """Take what is so now. Raises StoreError."""
        now = self._wall()
        lasting = frozenset(self._since).intersection(troubles)
        self._since = {each: self._since.get(each, now) for each in troubles}
        with self._store.reading() as connection:
            opened = {each.key for each in open_alarms(connection, [AlarmKind.BROKER_AMISS])}
        over = opened - {each.key for each in troubles}
        new = sorted(lasting - self._raised)
        self._raised = lasting
        if not new and not over:
            return
        with self._store.writing() as connection:
            raise_cues(connection, (_cue(each, self._since[each]) for each in new), now)
            for key in over:
                end_cue(connection, AlarmKind.BROKER_AMISS, key, now, now)


def _cue(trouble: BrokerTrouble, since: int) -> Cue:
    values: dict[str, str | int] = {"what": trouble.what}
    if trouble.name:
        values["detail"] = trouble.name
    return Cue(AlarmKind.BROKER_AMISS, None, None, trouble.key, since, values=values)
