"""What an account may be called, and which passwords are taken."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from edge.support.phrases import Phrase, phrase

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")
LONGEST_DISPLAY = 60
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256


def name_as_kept(name: str) -> str:
    """The name as it is compared: people write it in capitals, and with spaces around."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def fault_of_name(name: str) -> Phrase | None:
    """Why no account can have this name; None where one can."""
    if NAME.fullmatch(name) is None:
        return phrase(
            "%(name)r cannot be an account's name: expected 1 to 63 of a-z 0-9 . _ @ -", name=name[:70]
        )
    return None


def fault_of_display(display: str) -> Phrase | None:
    """Why nobody can be called so in records and on pages; None where they can."""
    if not display.strip() or len(display) > LONGEST_DISPLAY:
        return phrase(
            "the name to show has %(count)s characters, expected 1 to %(longest)s",
            count=len(display.strip()),
            longest=LONGEST_DISPLAY,
        )
    if any(unicodedata.category(letter)[0] == "C" for letter in display):
        return phrase("the name to show has a character that cannot be seen")
    return None


def fault_of_password(password: str, name: str) -> Phrase | None:
    """Why this password is not taken for the account `name`; None where it is."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return phrase(
            "the password has %(count)s characters, expected %(shortest)s to %(longest)s",
            count=len(password),
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
        )
    if len(set(password)) < 5:
        return phrase("the password has fewer than 5 different characters")
    if name and name in password.lower():
        return phrase("the password contains the account's name")
    return None
