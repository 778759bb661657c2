"""Kinds of fields that signed messages share, with their bounds. PURE."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""SHA-256."""
EpochId = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""Random: names a journal store."""
Nonce = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""Random, for one use."""
Sequence = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Not negative, of 63 bits."""
EARLIEST, LATEST = -62_135_510_400_000_000, 253_370_764_799_999_999
"""0001-01-02 and the end of 9998, in microseconds since 1970 UTC: a time in every time zone, for everyone."""
Microseconds = Annotated[int, Meta(ge=EARLIEST, le=LATEST)]
"""Since 1970 UTC: how every instant is written."""
Offset = Annotated[int, Meta(ge=-LATEST, le=LATEST)]
"""Microseconds between two instants."""
ShortText = Annotated[str, Meta(max_length=64, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
"""At most 64 characters, none of them a control character."""
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[^\x00-\x1f\x7f-\x9f]+\Z")]
"""1 to 64 characters, none of them a control character."""
Text = Annotated[str, Meta(max_length=1024, pattern=r"\A[^\x00]*\Z")]
"""At most 1,024 characters, none of them U+0000."""
Names = Annotated[tuple[Name, ...], Meta(max_length=1024)]
NameSet = Annotated[frozenset[Name], Meta(max_length=1024)]
KeyId = Annotated[bytes, Meta(min_length=8, max_length=8)]
"""The first 8 bytes of the SHA-256 of the 32 bytes of a public key."""
PublicKey = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""Ed25519, raw."""
Seconds = Annotated[int, Meta(ge=0, le=10**10)]
"""A duration; at most 317 years, so that it can be added to any time of this century."""
Version = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Rises with each one that is signed."""
Instant = Annotated[datetime, Meta(tz=True)]
"""Aware, so that it can be compared with any other."""


class Stamp(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """The place of a message among those of its device: `epoch` numbers the device's links, `counter` what it
    stamped on that link, from 1 on. A link's will has 0.
    """

    epoch: Sequence
    counter: Sequence


NO_STAMP = Stamp(0, 0)
"""Before any other: nothing was stamped."""
