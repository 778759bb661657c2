"""What the schema is about, in the order of the page: sections, and the structs that begin them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edge.credentials.known.rights import KnownRight
from edge.credentials.trust_lists.trust_list import SignedRevocations, TrustList
from edge.decision import Subject
from edge.journal.format.body import EVENTS
from edge.registry.format import Manifest, Removal, Root, SealedTemplate, SignedPolicy, UrgentRevocations
from edge.registry.format.changes import Changes
from sync.wire.messages import FORMATS, Format


@dataclass(frozen=True)
class Section:
    """A part of the schema: a title, what is said of it, and the kinds of value that it is about."""

    title: str
    text: str
    kinds: tuple[Any, ...]


def _messages(*, up: bool) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item.kind for item in FORMATS if item.channel.goes_up is up))


SECTIONS = (
    Section("Messages of a device", "Signed by the device's message key.", _messages(up=True)),
    Section(
        "Messages of central",
        "Signed by one of central's keys, a command by a command key.",
        _messages(up=False),
    ),
    Section(
        "The registry's signed parts",
        "Root by the root keys (COSE_Sign), manifest and urgent revocations by a registry key, the policy by "
        "a policy key.",
        (Root, Manifest, UrgentRevocations, SignedPolicy),
    ),
    Section(
        "The registry's records, and changes of them",
        "",
        (Subject, SealedTemplate, Removal, KnownRight, Changes),
    ),
    Section(
        "Lists about certificates",
        "Signed by a list key of the registry.",
        (TrustList, SignedRevocations),
    ),
    Section("Bodies of events", "The body of a row, by the row's kind.", tuple(EVENTS.values())),
)


def channels_of(kind: Any) -> Iterator[Format]:
    """The formats of a kind of message: a topic each, and the limit of its payload."""
    return (item for item in FORMATS if item.kind is kind)
