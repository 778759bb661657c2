"""What may be the id of a subject: said once for all who add people."""

from __future__ import annotations

import re
import unicodedata

from edge.errors import RegistryError
from edge.support.phrases import phrase

MOST_CHARACTERS = 64
_SHORTENED = re.compile(r"[+-]?\d+(\.\d+)?E[+-]\d+", re.IGNORECASE)


def checked_id(subject_id: str) -> str:
    """`subject_id` itself; raises RegistryError where it is invalid or could be confused with another."""
    shown = repr(subject_id[: MOST_CHARACTERS + 6])
    if not subject_id:
        raise RegistryError(phrase("the id is missing"))
    if len(subject_id) > MOST_CHARACTERS:
        raise RegistryError(
            phrase("%(shown)s is longer than %(most)s characters", shown=shown, most=MOST_CHARACTERS)
        )
    if not subject_id.isprintable() or subject_id != subject_id.strip():
        raise RegistryError(
            phrase("%(shown)s is not a valid id", shown=shown), remedy=phrase("use printable characters")
        )
    if set(subject_id) & set("/\\") or subject_id in {".", ".."}:
        raise RegistryError(
            phrase("%(shown)s cannot be an id", shown=shown),
            remedy=phrase("ids name folders: write 3-2-301 instead of 3/2/301"),
        )
    if _SHORTENED.fullmatch(subject_id):
        raise RegistryError(
            phrase("%(shown)s is a number that a spreadsheet shortened", shown=shown),
            remedy=phrase("format the column as text and enter the ids again"),
        )
    usual = unicodedata.normalize("NFKC", subject_id)
    if usual != subject_id:
        raise RegistryError(
            phrase(
                "%(subject_id)a looks like %(usual)r and is another id", subject_id=subject_id, usual=usual
            ),
            remedy=phrase("write %(usual)r", usual=usual),
        )
    return subject_id
