"""By what a session is known without its secret."""

from __future__ import annotations

import hashlib


def digest_of(secret: str) -> bytes:
    """What is kept, and told, of a session in the place of its secret."""
    return hashlib.sha256(secret.encode()).digest()
