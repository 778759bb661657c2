"""When records at two sites are of one person: the one rule for all that looks across sites."""

from __future__ import annotations

from unicodedata import normalize

from edge.decision import Subject


def is_one_person(one: Subject, other: Subject) -> bool:
    """Whether records with one id at two sites are of one person: they have a health certificate in common,
    or the same name. An id alone is a room or a number on a badge, which two sites give to two people.
    """
    if one.id != other.id:
        return False
    if not set(one.certificates).isdisjoint(other.certificates):
        return True
    name = _plain(one.name)
    return bool(name) and name == _plain(other.name)


def _plain(name: str) -> str:
    """A name without what two offices write differently: case, width, spaces."""
    return "".join(normalize("NFKC", name).casefold().split())
