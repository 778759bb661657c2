"""The site's template key as a version of the registry names it, and the keys that a reader has. PURE.

A key is named by the first 8 bytes of a SHA-256 of the seal key that follows from it, so that a centre, which
has seal keys alone, names it too. A manifest carries the key that seals it for each gate that may have it,
sealed to that gate (HPKE, `edge.registry.key_offers`), and names those that are still read during a change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from edge.registry.format.sealing import seal_key_of
from edge.signing.cose import Instant, KeyId

KEY_ID_BYTES: Final = 8
SEALED_KEY_BYTES: Final = 80
"""X25519 (32), AES-256-GCM of 32 bytes (48)."""
ENVELOPE_BYTES: Final = KEY_ID_BYTES + SEALED_KEY_BYTES
MOST_ENVELOPES: Final = 256
"""Gates of one site that can be given a key."""
MOST_EARLIER: Final = 8
_NEVER = datetime.max.replace(tzinfo=UTC)
_CONTEXT = b"gatepost seal key id 1"
_RECIPIENT = b"gatepost sealing key id 1"


class TemplateKeyOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a manifest says of the key that its version is sealed by: its `id`, and in `envelopes` the key for
    each gate: the id of the gate's sealing key, then what is sealed to that, one after another.

    Templates under one of the `earlier` keys are read until the time `until`.
    """

    id: KeyId
    until: Instant
    earlier: Annotated[tuple[KeyId, ...], Meta(max_length=MOST_EARLIER)] = ()
    envelopes: Annotated[bytes, Meta(max_length=MOST_ENVELOPES * ENVELOPE_BYTES)] = b""

    def envelope_for(self, recipient: bytes) -> bytes | None:
        """What is sealed to the sealing key with this id; None: nothing."""
        return next((sealed for name, sealed in self._each() if name == recipient), None)

    @property
    def recipients(self) -> frozenset[bytes]:
        """The ids of the sealing keys that something is sealed to."""
        return frozenset(name for name, _ in self._each())

    def _each(self) -> Iterator[tuple[bytes, bytes]]:
        for at in range(0, len(self.envelopes) - ENVELOPE_BYTES + 1, ENVELOPE_BYTES):
            part = self.envelopes[at : at + ENVELOPE_BYTES]
            yield part[:KEY_ID_BYTES], part[KEY_ID_BYTES:]


Offered = TemplateKeyOffer | UnsetType
"""What a version says of its key; nothing, before the first exchange."""


@dataclass(frozen=True)
class EarlierKey:
    """A template key (or the seal key of one) that another has replaced, and when its readers forget it."""

    key: bytes = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class KeyRing:
    """The template keys (or seal keys) that somebody has: the one that seals, and those still read."""

    current: bytes = field(repr=False)
    earlier: tuple[EarlierKey, ...] = ()

    @property
    def every(self) -> tuple[bytes, ...]:
        """All of them, the one that seals first."""
        return (self.current, *(item.key for item in self.earlier))

    def exchanged(self, key: bytes, until: datetime) -> KeyRing:
        """With `key` in the place of the present one, which is read `until` then."""
        before = (EarlierKey(self.current, until), *(item for item in self.earlier if item.key != key))
        return KeyRing(key, before[:MOST_EARLIER])

    def without_earlier(self) -> KeyRing:
        """The present one alone."""
        return KeyRing(self.current)


def in_force(ring: KeyRing, offered: Offered, name_of: Callable[[bytes], bytes]) -> KeyRing:
    """The keys with that first which is in force where `offered` is published; `name_of` names a key.

    One that was made and is not offered yet comes last: it seals nothing.
    """
    every = ring.every
    wanted = every[-1:] if offered is UNSET else [key for key in every if name_of(key) == offered.id]
    current = next(iter(wanted), ring.current)
    until = {item.key: item.until for item in ring.earlier}
    latest = max(until.values(), default=_NEVER)
    others = (EarlierKey(key, until.get(key, latest)) for key in every if key != current)
    return KeyRing(current, tuple(others))


def seal_ring_of(ring: KeyRing) -> KeyRing:
    """The seal keys that follow from template keys."""
    earlier = (EarlierKey(seal_key_of(item.key), item.until) for item in ring.earlier)
    return KeyRing(seal_key_of(ring.current), tuple(earlier))


def id_of_seal_key(seal_key: bytes) -> bytes:
    """The name of a template key, by the seal key that follows from it."""
    return hashlib.sha256(_CONTEXT + seal_key).digest()[:KEY_ID_BYTES]


def id_of_template_key(key: bytes) -> bytes:
    """The name of a template key."""
    return id_of_seal_key(seal_key_of(key))


def recipient_id(sealing_key: bytes) -> bytes:
    """The name of a gate's sealing key, by its public half (X25519, 32 bytes)."""
    return hashlib.sha256(_RECIPIENT + sealing_key).digest()[:KEY_ID_BYTES]
