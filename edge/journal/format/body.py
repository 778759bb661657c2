"""What an event says as the bytes that the chain hashes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from edge.journal.format import access, clock, commands, counting, gate, journal, lane, registry, vision
from edge.journal.format.event import Entry
from edge.journal.format.kinds import Event, Told
from edge.support.decoding import Undecodable, json_of

_FAMILIES = (gate, access, registry, clock, vision, counting, commands, journal, lane)

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {
        found.kind: found
        for family in _FAMILIES
        for found in vars(family).values()
        if isinstance(found, type) and issubclass(found, Event) and hasattr(found, "kind")
    }
)
"""The struct of each kind, a family after the other."""


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event of a kind that a later version added: `content` is what it says, whatever that is."""

    kind: str
    content: dict[str, Any]


def body_of(event: Event) -> bytes:
    """The event as JSON whose keys are sorted, at every depth: what is stored and hashed."""
    return msgspec.json.encode(event, order="sorted")


def told(event: Event) -> Told:
    """The event as the chain takes it: its kind, and its body."""
    return event.kind.value, body_of(event)


def fields_of(event: Event) -> dict[str, Any]:
    """The event as a table of plain values, as its JSON has them."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return fields


def read_event(kind: str, body: bytes, where: str = "") -> Event | UnknownEvent:
    """What an event of `kind` says. Fields that a later version added are left out.

    Raises Undecodable where the body is not what that kind says.
    """
    struct = EVENTS.get(kind)
    if struct is None:
        return UnknownEvent(kind, json_of(body, dict[str, Any], where))
    return json_of(body, struct, where)


def event_of(entry: Entry) -> Event | UnknownEvent:
    """What a stored event says; raises Undecodable as `read_event` does."""
    return read_event(entry.kind, entry.body, f"event {entry.sequence}")


def understood(entry: Entry) -> Event | None:
    """What a stored event says; None where this version cannot tell: a later one wrote it, or it is damaged.

    For readers who look through events that others wrote: one that is strange does not hide the others.
    """
    try:
        event = event_of(entry)
    except Undecodable:
        return None
    return event if isinstance(event, Event) else None
