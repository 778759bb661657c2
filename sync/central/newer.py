"""What a newer version wrote, and this one does not know: it is shown as it is, and nothing fails.

While a centre is updated, processes of two versions share the database. Words in columns are read here,
documents in columns by `documents`; where an act rests on what is not known, `newer_needed.OfNewerVersion` is
raised.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any, TypeVar, cast

Member = TypeVar("Member", bound=StrEnum)
Number = TypeVar("Number", bound=IntEnum)


def word_of(kind: type[Member], stored: str) -> Member:
    """The member of `kind` that a column holds. A word that this version does not know is one, too, equal to
    none of the others: written back, it is what it was.
    """
    try:
        return kind(stored)
    except ValueError:
        made: Any = str.__new__(kind, stored)
        made._name_ = made._value_ = stored
        return cast("Member", made)


def number_of(kind: type[Number], stored: int) -> Number:
    """The member of a list of numbers that a column holds; as `word_of`."""
    try:
        return kind(stored)
    except ValueError:
        made: Any = int.__new__(kind, stored)
        made._name_, made._value_ = str(stored), stored
        return cast("Number", made)


def is_known(kind: type[StrEnum], word: str) -> bool:
    """Whether this version knows the word; it may be a member that `word_of` made."""
    return word in {*kind}


class OpenWords(dict[Any, str]):
    """What the words of a list are called. A word that is not in it is called what it is."""

    def __missing__(self, word: str) -> str:
        return str(word)
