"""Bytes that others wrote, decoded: whatever is wrong with them is one declared error of a code. PURE."""

from __future__ import annotations

from typing import Any

from edge.errors import CredentialError
from edge.support import decoding


def json_of(data: bytes, kind: Any, what: str) -> Any:
    """The `kind` that JSON is; raises CredentialError, which says that it is not `what`."""
    try:
        return decoding.json_of(data, kind)
    except decoding.Undecodable as error:
        raise CredentialError(f"not {what}: {error.what}") from None


def msgpack_of(data: bytes, kind: Any, what: str) -> Any:
    """The `kind` that MessagePack is; raises CredentialError, which says that it is not `what`."""
    try:
        return decoding.msgpack_of(data, kind)
    except decoding.Undecodable as error:
        raise CredentialError(f"not {what}: {error.what}") from None
