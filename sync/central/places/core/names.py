"""What places are called, and the paths that name them: 江城市/东湖区/北市场街道."""

from __future__ import annotations

import unicodedata

SEPARATOR = "/"
_LONGEST = 100


def normal_name(name: str) -> str:
    """The name as it is kept: one form for letters that have several, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def fault_of_name(name: str) -> str | None:
    """Why a place cannot be called so; None where it can."""
    if not name:
        return "a place needs a name"
    if len(name) > _LONGEST:
        return f"the name has {len(name)} characters, at most {_LONGEST} are taken"
    if SEPARATOR in name:
        return f"the name {name!r} has a {SEPARATOR!r}, which stands between the names of a path"
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} for letter in name):
        return f"the name {name!r} has a character that cannot be seen"
    return None


def names_of_path(path: str) -> tuple[str, ...]:
    """The names in a path, from the largest place down."""
    return tuple(normal_name(name) for name in path.split(SEPARATOR) if name.strip())
