"""Addresses of others' machines, fit for a screen, a log or an error. Pure."""

from __future__ import annotations

import re

_HIDDEN = "***"
_PASSWORD = re.compile(r"(?<=://)([^/:]*):(?!\d{1,5}(?:[/?#]|\Z)).*@")
"""After the user, up to the last `@`: a password that holds `/`, `?` or `@` is hidden too. A host with its
port is no user, though an `@` stands in its path."""
_IN_QUERY = re.compile(
    r"([?&/;_-](?:pwd|psw|pass|passwd|password|passphrase|token|auth|authbasic|key|secret|loginpas)=)[^&#]*",
    re.IGNORECASE,
)
"""Cheap cameras take their password there."""


def without_password(address: str) -> str:
    """`address` with the passwords in it replaced."""
    return _IN_QUERY.sub(rf"\1{_HIDDEN}", _PASSWORD.sub(rf"\1:{_HIDDEN}@", address))
