"""Secrets that are given out once: drawn, and kept as a hash."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_urlsafe

_BYTES = 32
_LONGEST = 200


def new_secret() -> str:
    """256 random bits, as they stand in a cookie, an address or a header."""
    return token_urlsafe(_BYTES)


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret. It is long and random, so one round says nothing about it; a search for the
    hash takes as long for a near guess as for any other.
    """
    return sha256(secret[:_LONGEST].encode(errors="replace")).digest()
