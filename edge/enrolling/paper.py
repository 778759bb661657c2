"""What somebody signs: the consent with its version, who signed it, and how, as one value with a digest."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import Digest, Microseconds, Name, ShortText, encode_value
from edge.support.decoding import Undecodable, json_of

OF_AGE = 14
"""Years from which on a person consents for themselves; below it a guardian signs (PIPL art. 31)."""
MOST_STROKES, MOST_POINTS = 64, 4_000
SIDE = 1_000
"""The field in which one signs is so many units wide; its height is a part of that."""

Place = Annotated[int, Meta(ge=0, le=SIDE)]
Stroke = Annotated[tuple[tuple[Place, Place], ...], Meta(min_length=1, max_length=1_000)]
Strokes = Annotated[tuple[Stroke, ...], Meta(max_length=MOST_STROKES)]
_DRAWN = 40
"""Units of the longest line that a signature has at least: less is a finger that slipped."""


class Guardian(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs for a child, and what they are to it."""

    name: Name
    relation: Name


class ConsentPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent as it was signed: the text's version and language, when, before whom, and the signature.

    A signature is drawn (`strokes`), or typed where somebody cannot draw (`typed`, their name).
    """

    subject: Name
    wording: ShortText
    language: ShortText
    at: Microseconds
    staff: Name
    strokes: Strokes = ()
    typed: ShortText = ""
    guardian: Guardian | None = None

    def digest(self) -> Digest:
        """SHA-256 of all of it: whoever holds the paper can show that it is the one that was meant."""
        return hashlib.sha256(encode_value(self)).digest()


_MOST_JSON = 100_000


def strokes_of(text: str) -> Strokes | None:
    """The strokes that a page sends as JSON; None where they are none. Empty: nothing was drawn."""
    if not text.strip():
        return ()
    if len(text) > _MOST_JSON:
        return None
    try:
        return json_of(text.encode("utf-8", "replace"), Strokes)
    except Undecodable:
        return None


def is_signed(strokes: Strokes, typed: str) -> bool:
    """Whether that is a signature: something drawn, or a name typed."""
    if sum(len(stroke) for stroke in strokes) > MOST_POINTS:
        return False
    xs = [x for stroke in strokes for x, _ in stroke]
    ys = [y for stroke in strokes for _, y in stroke]
    drawn = bool(xs) and max(max(xs) - min(xs), max(ys) - min(ys)) >= _DRAWN
    return drawn or len(typed.strip()) >= 2


def age_on(born: date, today: date) -> int:
    """How old somebody is in whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
