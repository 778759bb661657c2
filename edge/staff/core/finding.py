"""Finds people by what somebody types: a part of a name, a room, an id."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.decision import Policy, Subject
from edge.staff.core.roles import StaffRole

MOST_FOUND: Final = 20
_MOST_WORDS: Final = 8
_BETWEEN: Final = "\n"
"""Between the fields of one person: no word that is typed goes over it."""


@dataclass(frozen=True)
class FindablePeople:
    """Those who can be found, each with the text that words are looked for in."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]


def people_of(subjects: Iterable[Subject]) -> FindablePeople:
    """`subjects`, to be found."""
    known = sorted(subjects, key=lambda subject: (subject.address, subject.name, subject.id))
    return FindablePeople(
        tuple(subject.id for subject in known),
        tuple(
            normal(_BETWEEN.join(("", subject.name, subject.address, subject.id, ""))) for subject in known
        ),
    )


def found(people: FindablePeople, typed: str) -> tuple[tuple[str, ...], int]:
    """The ids of those whose texts have every word that was typed, at most so many, and how many there are in
    all: first those of whom a word is the whole name, room or id.
    """
    words = _words(typed)
    if not words:
        return (), 0
    first, *others = sorted(words, key=len, reverse=True)
    texts = people.texts
    hits = [index for index, text in enumerate(texts) if first in text]
    for word in others:
        hits = [index for index in hits if word in texts[index]]
    whole = _BETWEEN + normal(typed) + _BETWEEN
    wholes = [f"{_BETWEEN}{word}{_BETWEEN}" for word in words] + [whole]
    best = [index for index in hits if any(item in texts[index] for item in wholes)]
    chosen = best[:MOST_FOUND]
    if len(chosen) < MOST_FOUND:
        taken = frozenset(chosen)
        chosen += [index for index in hits if index not in taken][: MOST_FOUND - len(chosen)]
    return tuple(people.ids[index] for index in chosen), len(hits)


def normal(text: str) -> str:
    """A text as it is compared: full-width letters and capitals make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def name_for(role: StaffRole, name: str, policy: Policy) -> str:
    """A resident's name as far as somebody in that role may read it."""
    return name if role is not StaffRole.GUARD or policy.staff.full_names else masked(name)


def masked(name: str) -> str:
    """A name of which the first letter is shown, and a star for each other."""
    return name[:1] + "".join(" " if letter.isspace() else "*" for letter in name[1:])


def _words(typed: str) -> Sequence[str]:
    return normal(typed).split()[:_MOST_WORDS]
