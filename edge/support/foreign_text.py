"""Bytes of strangers as text, where nothing says which encoding they are in.

Pure. In this order, each strictly: a byte order mark, UTF-8, GB 18030 (of which GBK and GB 2312 are parts).
The last decodes nearly anything, so it counts only where most of what it makes are characters that people
write. Measured against a library on short texts: docs/decisions/0086-encodings-in-a-stated-order.md.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_ENOUGH = 0.6
_COMMON_ROWS = frozenset({1, 3, *range(16, 56)})
"""Of GB 2312: punctuation, full-width letters, and the 3,755 characters of its first level."""
_SELDOM = 0.3
"""What a character of its second level counts."""


@dataclass(frozen=True)
class ForeignText:
    text: str
    encoding: str


def decoded(data: bytes) -> ForeignText | None:
    """The text in `data` and the encoding it is in; None where it is none of those that are known here."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            text = _strictly(data, codec)
            return None if text is None else ForeignText(text, name)
    text = _strictly(data, "utf-8")
    if text is not None:
        return ForeignText(text, "UTF-8")
    return chinese(data)


def chinese(data: bytes) -> ForeignText | None:
    """`data` as GB 18030, where that makes mostly characters that people write; else None."""
    text = _strictly(data, "gb18030")
    if text is None or _share_of_common(text) < _ENOUGH:
        return None
    return ForeignText(text, "GBK")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _share_of_common(text: str) -> float:
    """How common the characters of `text` that are not ASCII are in Chinese, from 0 to 1."""
    foreign = [character for character in text if not character.isascii()]
    return sum(map(_commonness, foreign)) / len(foreign) if foreign else 0.0


def _commonness(character: str) -> float:
    try:
        row = character.encode("gb2312")[0] - 0xA0
    except UnicodeEncodeError:
        return 0.0
    return 1.0 if row in _COMMON_ROWS else _SELDOM
