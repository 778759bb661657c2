"""The requests and answers on the journal's socket, and their sizes. PURE.

A packet of the socket is one message in MessagePack: a `FeedRequest` one way, a `Page` or an
`Unreadable` the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.journal.format.chain import Span
from edge.journal.format.event import Entry
from edge.journal.format.kinds import MOST_BODY_BYTES
from edge.signing.cose import EpochId, Sequence
from edge.support.decoding import msgpack_decoder

MOST_EVENTS = 100
MOST_SPANS = 64
"""How many of the newest epochs a page lists. A journal has one, and one more after each damage."""
MOST_ASK_BYTES = 256
MOST_ANSWER_BYTES = 128 * 1024
"""Bytes of one packet; Linux accepts 208 KiB by default."""

_MOST_PAGE_BYTES = 96 * 1024
_EVENT_OVERHEAD = 256
"""Upper bound of an event's bytes besides its kind and body."""


class FeedRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """Asks for the spans, and at most `most` events after `sequence` of `epoch`; None: from the start."""

    epoch: EpochId | None = None
    sequence: Sequence = 0
    most: Annotated[int, Meta(ge=0, le=MOST_EVENTS)] = 0


class Page(msgspec.Struct, frozen=True, tag="page"):
    """The spans of the newest epochs, and the requested events, oldest first.

    They are as many as fit in a packet: at least one, where there is one.
    """

    spans: tuple[Span, ...] = ()
    entries: tuple[Entry, ...] = ()


class Unreadable(msgspec.Struct, frozen=True, tag="unreadable"):
    """The gate cannot read its journal: what is wrong, where, and what to do."""

    what: str
    where: str = ""
    remedy: str = ""


FeedAnswer = Page | Unreadable

ask_of = msgpack_decoder(FeedRequest, "a request to the journal")
answer_of = msgpack_decoder(FeedAnswer, "an answer of the journal")
"""Both raise Undecodable."""


def encoded(message: FeedRequest | FeedAnswer) -> bytes:
    """The packet of a message."""
    return msgspec.msgpack.encode(message)


def page_of(spans: Iterable[Span], entries: Iterable[Entry]) -> Page:
    """As much of it as fits in a packet."""
    taken: list[Entry] = []
    left = _MOST_PAGE_BYTES
    for entry in entries:
        left -= _EVENT_OVERHEAD + len(entry.kind.encode()) + len(entry.body)
        if left < 0 and taken:
            break
        taken.append(entry)
    return Page(tuple(spans)[-MOST_SPANS:], tuple(taken))


assert _MOST_PAGE_BYTES >= MOST_BODY_BYTES + _EVENT_OVERHEAD  # noqa: S101 - the largest event fits
