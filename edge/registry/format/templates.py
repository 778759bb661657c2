"""A face template as files and registries hold it: sealed, so that none has a readable one."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import Name, Version

KEY_BYTES = 32
NONCE_BYTES = 12
MOST_DIMENSIONS = 2048


class SealedTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A template as files hold it. `sealed` is nonce (12 bytes), ciphertext and tag; `engine` made it."""

    subject_id: Name
    subject_version: Version
    engine: Name
    sealed: Annotated[bytes, Meta(max_length=NONCE_BYTES + 4 * MOST_DIMENSIONS + 16)]


def digest_of_sealed(sealed: bytes) -> str:
    """What tells a sealed template from all others (hexadecimal), also under another key: by its nonce."""
    return hashlib.sha256(b"gatepost template 1" + sealed[:NONCE_BYTES]).hexdigest()
