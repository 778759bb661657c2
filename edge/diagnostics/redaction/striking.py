"""Strikes out what could name somebody: in sentences of logs and checks, in the fields of logs, in settings.

PURE. What is shown is named here, and everything else is struck out: a field that somebody adds to a log
tomorrow is not shown before somebody says that it may be.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec

STRUCK = "…"
LONGEST = 300
"""Characters of a sentence that are shown."""

Plain = str | int | float | bool

_CODES = frozenset(
    {
        *(
            "act",
            "camera",
            "cause",
            "code",
            "counted",
            "direction",
            "drive",
            "event",
            "kind",
            "level",
            "line",
        ),
        *(
            "mode",
            "outcome",
            "output",
            "phase",
            "problem_kind",
            "reason",
            "result",
            "role",
            "sensor",
            "state",
        ),
        *("task", "trust", "what", "why"),
    }
)
"""Fields of logs whose words are the product's own: shown where they look like a code."""
_SENTENCES = frozenset({"detail", "error", "problem", "remedy"})
"""Fields of logs that are the product's own sentences, with what they quote struck out."""
_CODE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_FOREIGN = (
    re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"),  # addresses, with users and passwords
    re.compile(r"\S+@\S+"),
    re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»"),  # what a message quotes
    re.compile(r"(?<![\w./])(?:~|/)(?!(?:dev|sys|proc|usr)/)[^\s:,;]+"),  # files have names that people gave
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    re.compile(r"\b[0-9a-fA-F]{16,}\b"),
    re.compile(r"(?<![\d-])(?!\d{4}-\d\d-\d\d\b)\+?\d(?:[ -]?\d){5,}"),  # telephones, cards, rooms
    re.compile(r"(?:(?![\x00-\x7f])[^\W\d_])+"),  # the product's sentences are English
)
_WORD = re.compile(r"[\w.-]*\w")


def struck_out(sentence: str, known: Container[str] = frozenset()) -> str:
    """`sentence` without what it quotes, addresses, files, numbers of people, and the words that are `known`
    (casefolded) to name somebody.
    """
    text = "".join(character if character.isprintable() else " " for character in sentence[: 4 * LONGEST])
    for foreign in _FOREIGN:
        text = foreign.sub(STRUCK, text)
    return without_names(text, known)[:LONGEST]


def without_names(sentence: str, known: Container[str]) -> str:
    """`sentence` without the words that are `known` (casefolded) to name somebody, and with all else."""
    return _WORD.sub(lambda word: STRUCK if _names(word[0], known) else word[0], sentence)


def _names(word: str, known: Container[str]) -> bool:
    return word.casefold() in known or any(part.casefold() in known for part in re.split(r"[\W_]+", word))


def known_words(texts: Iterable[str]) -> frozenset[str]:
    """The words by which `struck_out` knows these names, ids and addresses."""
    return frozenset(
        word.casefold() for text in texts for word in (text, *re.split(r"[\W_]+", text)) if len(word) > 1
    )


def plain_fields(fields: Mapping[str, object]) -> dict[str, Plain]:
    """The fields of a line of a log that name nobody, each as short as it may be."""
    shown = ((name, _plain(name, value)) for name, value in fields.items())
    return {name[:48]: value for name, value in shown if value is not None}


def _plain(name: str, value: object) -> Plain | None:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and name in _CODES and _CODE.fullmatch(value):
        return value
    if isinstance(value, str) and name in _SENTENCES:
        return struck_out(value)
    return None


def plain_settings(settings: Any) -> Any:
    """Settings (a struct) with numbers, switches and choices; of every text only whether there is one."""
    if isinstance(settings, msgspec.Struct):
        fields = ((name, getattr(settings, name)) for name in settings.__struct_fields__)
        return {name: plain_settings(value) for name, value in fields}
    if isinstance(settings, Enum):
        return settings.value
    if settings is None or isinstance(settings, bool | int | float):
        return settings
    if isinstance(settings, list | tuple | set | frozenset | dict):
        return {"entries": len(settings)}
    return STRUCK if str(settings) else ""
