"""Keeps a RabbitMQ as it has to be: compares what there is with what there should be; does what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from http.client import OK
from typing import Any
from urllib.parse import quote

from sync.transport.core import JOURNALS, PREFIX, VHOST, Change, changes_between, topology_of
from sync.transport.rabbitmq.management import Found, ManagementApi, ManagementError

Held = dict[tuple[str, tuple[str, ...]], Mapping[str, Any]]


def held_by(api: ManagementApi) -> Held:
    """What the broker holds of ours, by kind and key. Raises ManagementError."""
    found: Held = {}
    queues = queues_of(api)
    listed = {
        "policies": api.found("policies", VHOST),
        "queues": queues,
        "exchanges": [one for one in [api.one("exchanges", VHOST, JOURNALS)] if one is not None],
        # Those of our queues: the list of all has one for each device that is connected.
        "bindings": [*_bindings(api, queues)],
        "users": api.found("users"),
        "topic-permissions": api.found("topic-permissions"),
        "permissions": api.found("permissions"),
    }
    for kind, things in listed.items():
        for values in things:
            found[kind, _key(kind, values)] = values
    return found


def queues_of(api: ManagementApi) -> Found:
    """The queues that gates speak into. Raises ManagementError."""
    pattern = quote("^" + PREFIX.replace(".", r"\."), safe="")
    answer = api.ask("GET", f"queues/%2F?name={pattern}&use_regex=true&page=1&page_size=500")
    if answer.status != OK or not isinstance(answer.value, dict):
        raise ManagementError(f"the list of queues is refused: {answer.status}", where=api.host)
    return [one for one in answer.value.get("items", ()) if isinstance(one, dict)]


def differences(api: ManagementApi, journals: int, devices: Collection[str]) -> list[Change]:
    """What differs from what has to be there. Raises ManagementError."""
    return list(changes_between(topology_of(journals, devices), held_by(api)))


def apply(api: ManagementApi, changes: Collection[Change]) -> Iterator[tuple[Change, bool]]:
    """Each change as it is made, and whether it was: a queue or an exchange that is of another kind stays,
    for it may hold what nobody else has. Raises ManagementError.
    """
    for change in changes:
        yield change, _made(api, change)


def end_connections(api: ManagementApi, user: str) -> None:
    """End whatever connections a user has. Raises ManagementError."""
    api.delete("connections", "username", user)


# --- inside --------------------------------------------------------------------------------


def _made(api: ManagementApi, change: Change) -> bool:
    item = change.item
    if item is None:
        api.delete(change.kind, *change.key)
        end_connections(api, change.key[0])
        return True
    if item.fixed and change.why != "is missing":
        return False
    if item.kind == "bindings":
        _, e, source, what, destination, key = item.key
        api.post("bindings", VHOST, e, source, what, destination, values={"routing_key": key})
    else:
        api.put(item.kind, *item.key, values=item.values)
    return True


def _bindings(api: ManagementApi, queues: Found) -> Iterator[Mapping[str, Any]]:
    for queue in queues:
        yield from api.found("queues", VHOST, str(queue.get("name")), "bindings")
    if api.one("exchanges", VHOST, JOURNALS) is not None:
        yield from api.found("exchanges", VHOST, JOURNALS, "bindings", "destination")


def _key(kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "users":
        return (str(values.get("name")),)
    if kind in {"permissions", "topic-permissions"}:
        return (str(values.get("vhost")), str(values.get("user")))
    if kind == "bindings":
        what = "q" if values.get("destination_type") == "queue" else "e"
        source, to, key = (str(values.get(name)) for name in ("source", "destination", "routing_key"))
        return (VHOST, "e", source, what, to, key)
    return (VHOST, str(values.get("name")))
