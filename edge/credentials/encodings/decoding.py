"""Decodes bytes that others wrote; anything wrong with them is a CredentialError. PURE."""

from __future__ import annotations

from typing import Any

from edge.errors import CredentialError
from edge.support import decoding


def json_of(data: bytes, kind: Any, what: str) -> Any:
    """The `kind` in JSON `data`; raises CredentialError ("not `what`")."""
    try:
        return decoding.json_of(data, kind)
    except decoding.Undecodable as error:
        raise CredentialError(f"not {what}: {error.what}") from None
