"""Bytes that others wrote, decoded: whatever is wrong with them is one declared error. PURE.

The decoder has three: its own, one for text that is not UTF-8, and one for what nests too deep.
"""

from __future__ import annotations

from typing import Any

import msgspec

from edge.errors import CredentialError

_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def json_of(data: bytes, kind: Any, what: str) -> Any:
    """The `kind` that JSON is; raises CredentialError, which says that it is not `what`."""
    try:
        return msgspec.json.decode(data, type=kind)
    except _WRONG as error:
        raise CredentialError(f"not {what}: {error}") from None


def msgpack_of(data: bytes, kind: Any, what: str) -> Any:
    """The `kind` that MessagePack is; raises CredentialError, which says that it is not `what`."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except _WRONG as error:
        raise CredentialError(f"not {what}: {error}") from None
