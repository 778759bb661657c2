"""What places are called, and the paths that name them: 江城市/东湖区/北市场街道."""

from __future__ import annotations

import unicodedata

from edge.support.phrases import Phrase, phrase

SEPARATOR = "/"
_LONGEST = 100


def normal_name(name: str) -> str:
    """The name as it is kept: one form for letters that have several, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def fault_of_name(name: str) -> Phrase | None:
    """Why a place cannot be called so; None where it can."""
    if not name:
        return phrase("a place needs a name")
    if len(name) > _LONGEST:
        return phrase(
            "the name has %(count)s characters, at most %(longest)s are taken",
            count=len(name),
            longest=_LONGEST,
        )
    if SEPARATOR in name:
        return phrase(
            "the name %(name)r has a %(separator)r, which stands between the names of a path",
            name=name,
            separator=SEPARATOR,
        )
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in name):
        return phrase("the name %(name)r has a character that cannot be seen", name=name)
    return None


def names_of_path(path: str) -> tuple[str, ...]:
    """The names in a path, from the largest place down."""
    return tuple(normal_name(name) for name in path.split(SEPARATOR) if name.strip())
