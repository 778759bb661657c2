"""What the names of a file and its folders say: which species it shows (`live`: the bona fide), and whom."""

from __future__ import annotations

import re
from collections.abc import Sequence

LIVE = "live"
"""The species of living people; every other is an attack, under its own name."""

_NAMED = re.compile(r"(?P<name>\D*[^\W\d_])[\W_]*\d")
"""A name before a digit: Li_Na_0003, ann-2, Bo1."""
_GIVEN_AND_FAMILY = re.compile(r"[^\W\d_a-z].*[-_ ][^\W\d_a-z]")
"""A name of two words or more, as people have: `replay` is none, though it holds replay_0001.mp4."""

_ATTACK = re.compile(r"(print|replay|mask|phone|screen)s?(?![^\W\d_])")
"""How a folder begins that names an attack: what lies in it is that, whosever folder it is in."""
_CODED = re.compile(r"(p|s|id|person|people|subject|client|user)[-_ ]?\d+")
"""A number of a person, as lists of participants have them: p01, subject_3."""

_OF_CAMERAS = frozenset(
    {
        *("capture", "clip", "crop", "dsc", "dscf", "dscn", "face", "film", "frame", "image", "img"),
        *("movie", "mov", "mvi", "photo", "pic", "picture", "print", "pxl", "scan", "screen", "screenshot"),
        *("still", "test", "vid", "video", "webcam"),
    }
)
"""What cameras and programs name files by: nobody is called so."""


def species_of(folders: Sequence[str], stem: str) -> str:
    """The species of a file named `stem` in `folders` (outermost first): `live` where any is called so.

    Else the name of the innermost folder that names an attack, as print/ann and replay/2026 do. Else of the
    innermost that is no person's: that of Li_Na/Li_Na_0001.jpg is one, and so is one that is a mere number,
    or p01.
    """
    if LIVE in folders:
        return LIVE
    attacks = [folder for folder in folders if _ATTACK.match(folder.lower())]
    if attacks:
        return attacks[-1]
    of_species = [folder for folder in folders if not _is_a_persons(folder, stem)]
    return (of_species or list(folders) or [""])[-1]


def person_of(folders: Sequence[str], stem: str) -> str | None:
    """Whom a file shows, where its name or its folder says so; None where neither does."""
    if folders and _is_a_persons(folders[-1], stem):
        return folders[-1]
    name = _name_in(stem)
    if name is None or name.lower() in _OF_CAMERAS or name == species_of(folders, stem):
        return None
    return name


def _is_a_persons(folder: str, stem: str) -> bool:
    coded = folder.isdecimal() or _CODED.fullmatch(folder.lower()) is not None
    return coded or (folder == _name_in(stem) and _GIVEN_AND_FAMILY.match(folder) is not None)


def _name_in(stem: str) -> str | None:
    found = _NAMED.match(stem)
    return None if found is None else found["name"]
