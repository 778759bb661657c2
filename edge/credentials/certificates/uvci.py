"""Unique certificate identifiers (UVCI): normalised, so that a revoked one is found in any spelling.

By the eHealth Network's guidelines on interoperability, annex 2: `URN:UVCI:01:NL:187/37512422923#B`. In use
are also small letters, no prefix, `DGCI:` in its place, blanks, and no colon after version or country.
"""

from __future__ import annotations

import re
import unicodedata

from edge.errors import CredentialError

MOST_CHARACTERS = 80

_SHAPE = re.compile(
    r"(?:URN:)?(?:(?:UVCI|DGCI):)?(?P<version>\d\d|V\d)[:/]?(?P<country>[A-Z]{2})[:/]?"
    r"(?P<opaque>[A-Z0-9][A-Z0-9/:._-]*?)(?:#[A-Z0-9/:#]{0,2})?"
)


def uvci_of(text: str) -> str:
    """The normalised identifier in `text`; raises CredentialError where it is not one.

    Without the checksum, which is redundant and often omitted.
    """
    compact = "".join(unicodedata.normalize("NFKC", text).upper().split())
    match = _SHAPE.fullmatch(compact) if len(compact) <= MOST_CHARACTERS else None
    if match is None:
        raise CredentialError(
            "not a certificate identifier",
            where=repr(text[:MOST_CHARACTERS]),
            remedy="write it like URN:UVCI:01:NL:187/37512422923#B",
        )
    return f"URN:UVCI:{match['version']}:{match['country']}:{match['opaque']}"


def spelled_alike(text: str) -> str:
    """The normalised text of whatever an issuer wrote as identifier."""
    try:
        return uvci_of(text)
    except CredentialError:
        return text.strip()
