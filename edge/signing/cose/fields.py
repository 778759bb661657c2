"""Kinds of fields that signed messages share, with their bounds. PURE."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
EpochId = Annotated[bytes, Meta(min_length=16, max_length=16)]
Nonce = Annotated[bytes, Meta(min_length=16, max_length=16)]
Sequence = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Microseconds = Annotated[int, Meta(ge=-62_135_596_800_000_000, le=253_402_300_799_999_999)]
"""Since 1970 UTC, or between two instants: of the years 1 to 9999, so that each is a time for everyone."""
ShortText = Annotated[str, Meta(max_length=64, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[^\x00-\x1f\x7f]+\Z")]
Text = Annotated[str, Meta(max_length=1024, pattern=r"\A[^\x00]*\Z")]
Version = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Instant = Annotated[datetime, Meta(tz=True)]
"""Aware, so that it can be compared with any other."""
