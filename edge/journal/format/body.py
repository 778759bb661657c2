"""What an event says as the bytes that the chain hashes, and back: a map in deterministic CBOR."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from edge.journal.format import (
    access,
    clock,
    commands,
    counting,
    gate,
    journal,
    lane,
    registry,
    staff,
    vision,
)
from edge.journal.format.kinds import BODY, Event, Told
from edge.signing.cose import decode_value, encode_value, readable_value
from edge.support.decoding import Undecodable

_FAMILIES = (gate, access, registry, clock, vision, counting, commands, staff, journal, lane)

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
    """An event of a kind that a later version added: `content` is what it says, in plain values.

    Which bytes are real numbers there, and which integers are times, only that version knows.
    """

    kind: str
    content: dict[str, Any]


def body_of(event: Event) -> bytes:
    """The event in its one encoding (`edge.signing.cose.values`): what is stored and hashed.

    Raises ValueError for what cannot be written: a number that is not finite, text that is no Unicode.
    """
    return encode_value(event)


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
    _check(body, where)
    struct = EVENTS.get(kind)
    if struct is None:
        return UnknownEvent(kind, decode_value(body, dict[str, Any], BODY, where))
    event: Event = decode_value(body, struct, BODY, where)
    return event


def content_of(kind: str, body: bytes, where: str = "") -> dict[str, Any]:
    """All that a body says as JSON has it, fields of a later version too; raises Undecodable.

    Real numbers are numbers and times are RFC 3339 where this version knows the field; bytes are in base64.
    """
    _check(body, where)
    said = readable_value(body, EVENTS.get(kind, dict[str, Any]), BODY, where)
    if not isinstance(said, dict):
        raise Undecodable("not what is expected here: no table", where=where)
    content: dict[str, Any] = msgspec.to_builtins(said, str_keys=True)
    return content


def _check(body: object, where: str) -> None:
    """Insist on bytes: where SQLite has a damaged row, it gives whatever is there."""
    if type(body) is not bytes:
        raise Undecodable(f"not what is expected here: {type(body).__name__} in place of bytes", where=where)
