"""What the id of a site, a gate or a device may look like, and what a name of somebody else's is not."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from edge.support.phrases import phrase

MOST_LETTERS = 63
IDENTIFIER = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MOST_LETTERS - 1}}}")
"""Ids are used in topics, certificates and file names."""

_WORDS = str(phrase("an id: at most 63 small letters, digits, dots, dashes and underscores"))

Identifier = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER.pattern}\Z", description=_WORDS)]
IdentifierOrNone = Annotated[str, Meta(pattern=rf"\A(?:{IDENTIFIER.pattern})?\Z", description=_WORDS)]


def is_text(name: str) -> bool:
    """Whether UTF-8 can write `name`: Python gives bytes of a file's name that are not as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
