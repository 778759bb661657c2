"""What a thing's id may be: of a site, a gate, a device."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

MOST_LETTERS = 63
IDENTIFIER = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MOST_LETTERS - 1}}}")
"""It stands in topics, certificates and names of files."""

_WORDS = f"an id: at most {MOST_LETTERS} small letters, digits, dots, dashes and underscores"

Identifier = Annotated[str, Meta(pattern=rf"\A{IDENTIFIER.pattern}\Z", description=_WORDS)]
IdentifierOrNone = Annotated[str, Meta(pattern=rf"\A(?:{IDENTIFIER.pattern})?\Z", description=_WORDS)]
