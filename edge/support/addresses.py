"""Addresses of others' machines, fit for a screen, a log or an error. Pure."""

from __future__ import annotations

import re

_HIDDEN = "***"
_PASSWORD = re.compile(
    r"(?<=://)(?!(?:\d{1,3}(?:\.\d{1,3}){3}|\[[^]]*\]):\d{1,5}[/?#])([^/:]*):.*@", re.DOTALL
)
"""After the user, up to the last `@`: a password that holds `/`, `?` or `@` is hidden too. By RFC 3986
`gate:1234/x@y` is a host and its port, and is hidden all the same: only a numeric host is surely no user."""
_IN_QUERY = re.compile(
    r"([?&/;_-](?:pwd|psw|pass|passwd|password|passphrase|token|auth|authbasic|key|secret|loginpas)=)[^&#]*",
    re.IGNORECASE,
)
"""Cheap cameras take their password there."""


def without_password(address: str) -> str:
    """`address` with the passwords in it replaced."""
    return _IN_QUERY.sub(rf"\1{_HIDDEN}", _PASSWORD.sub(rf"\1:{_HIDDEN}@", address))
