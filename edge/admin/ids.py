"""What may be the id of a subject: said once for all who add people."""

from __future__ import annotations

import re
import unicodedata

from edge.errors import RegistryError

MOST_CHARACTERS = 64
_SHORTENED = re.compile(r"[+-]?\d+(\.\d+)?E[+-]\d+", re.IGNORECASE)


def checked_id(subject_id: str) -> str:
    """`subject_id` itself; raises RegistryError where it is invalid or could be confused with another."""
    shown = repr(subject_id[: MOST_CHARACTERS + 6])
    if not subject_id:
        raise RegistryError("the id is missing")
    if len(subject_id) > MOST_CHARACTERS:
        raise RegistryError(f"{shown} is longer than {MOST_CHARACTERS} characters")
    if not subject_id.isprintable() or subject_id != subject_id.strip():
        raise RegistryError(f"{shown} is not a valid id", remedy="use printable characters")
    if set(subject_id) & set("/\\") or subject_id in {".", ".."}:
        raise RegistryError(
            f"{shown} cannot be an id", remedy="ids name folders: write 3-2-301 instead of 3/2/301"
        )
    if _SHORTENED.fullmatch(subject_id):
        raise RegistryError(
            f"{shown} is a number that a spreadsheet shortened",
            remedy="format the column as text and enter the ids again",
        )
    usual = unicodedata.normalize("NFKC", subject_id)
    if usual != subject_id:
        raise RegistryError(
            f"{subject_id!a} looks like {usual!r} and is another id", remedy=f"write {usual!r}"
        )
    return subject_id
