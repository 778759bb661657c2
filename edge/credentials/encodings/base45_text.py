"""Base45 (RFC 9285), bounded and strict: the text form of bytes in a QR code's alphanumeric mode."""

from __future__ import annotations

import base45

from edge.errors import CredentialError


def encode_base45(data: bytes) -> str:
    return str(base45.b45encode(data), "ascii")


def decode_base45(text: str, *, most_characters: int) -> bytes:
    """The bytes in `text`; raises CredentialError.

    Only the one encoding of the bytes is accepted: the library checks the range of each group, and the line
    ends that it would ignore are refused here.
    """
    if len(text) > most_characters:
        raise CredentialError(f"base45 of {len(text)} characters, at most {most_characters} are accepted")
    if text.endswith("\n"):
        raise CredentialError("a line end is not base45")
    try:
        return bytes(base45.b45decode(text))
    except ValueError:
        raise CredentialError("not base45") from None
