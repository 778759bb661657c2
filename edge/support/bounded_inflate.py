"""Untrusted DEFLATE, inflated up to a bound: a kilobyte may claim a gigabyte."""

from __future__ import annotations

import zlib
from enum import IntEnum

from edge.errors import CredentialError


class Framing(IntEnum):
    """The container around the compressed bytes; the values are zlib's `wbits`."""

    ZLIB = 15  # RFC 1950
    RAW = -15  # RFC 1951


def inflate(data: bytes, *, most_bytes: int, framing: Framing) -> bytes:
    """The inflated `data`, at most `most_bytes`; raises CredentialError."""
    stream = zlib.decompressobj(wbits=framing)
    try:
        inflated = stream.decompress(data, most_bytes + 1)
    except zlib.error as error:
        raise CredentialError(f"not DEFLATE: {error}") from None
    if len(inflated) > most_bytes:
        raise CredentialError(f"inflates to more than {most_bytes} bytes")
    if not stream.eof:
        raise CredentialError("the compressed bytes are cut off")
    if stream.unused_data:
        raise CredentialError(f"{len(stream.unused_data)} bytes follow the compressed ones")
    return inflated
