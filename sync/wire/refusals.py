"""What one end tells the other of a message that it refused. PURE."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import Digest, MessageRefusal, MessageRefused, Microseconds, Name
from sync.wire.topics import Channel

MOST_DETAIL = 256
"""Characters that say why."""
OTHER = "other"
"""Counts what names a channel or a code that only a newer version knows: a peer makes no endless names."""
_CHANNELS = frozenset(channel.spoken for channel in Channel)
_CODES = frozenset(refusal.value for refusal in MessageRefusal)
_NO_MARKS = str.maketrans(dict.fromkeys((*range(32), *range(127, 160)), " "))


class RefusedMessage(msgspec.Struct, frozen=True):
    """The receiver of a message refused it, at its own time `at`.

    `channel` is the refused message's topic without direction and device, `digest` the SHA-256 of its bytes;
    `code` is a MessageRefusal, or one of a newer version. Fields that are not known here are ignored.
    """

    channel: Name
    digest: Digest
    code: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"\A[a-z_]+\Z")]
    detail: Annotated[str, Meta(max_length=MOST_DETAIL, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
    at: Microseconds

    @property
    def counted_as(self) -> tuple[str, str]:
        """Channel and code as counters name them."""
        return (
            self.channel if self.channel in _CHANNELS else OTHER,
            self.code if self.code in _CODES else OTHER,
        )


class RefusedByCentral(RefusedMessage, frozen=True):
    """Central refused a message of this device."""


class RefusedByDevice(RefusedMessage, frozen=True):
    """The device refused a message of central's."""


def digest_of(data: bytes) -> bytes:
    """The SHA-256 by which a message, in the bytes that were published, is named."""
    return hashlib.sha256(data).digest()


def detail_of(refused: MessageRefused) -> str:
    """Why it was refused, in words that fit into a message."""
    return refused.what.translate(_NO_MARKS)[:MOST_DETAIL]
