"""Decodes untrusted bytes as text where nothing states their encoding.

Pure. In this order, each strictly: a byte order mark, UTF-8, GB 18030 (of which GBK and GB 2312 are parts).
The last decodes nearly anything, so it counts only where most of what it makes are characters that people
write. Measured against a library on short texts: docs/decisions/0053-encodings-in-a-stated-order.md.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_ENOUGH = 0.6
_THROTTLE = 0.3
"""The weight of a character that is in use, but rare."""
_COMMON_IN_CHINESE = frozenset({1, 3, *range(16, 56)})
"""Rows of GB 2312: punctuation, full-width letters, and the 3,755 characters of its first level."""
_COMMON_IN_JAPANESE = frozenset({1, 3, 4, 5, *range(16, 48)})
"""Rows of JIS X 0208: punctuation, letters, kana, and the 2,965 characters of its first level."""
_HALF_WIDTH = range(0xFF61, 0xFFA0)
_VOICED = re.compile("(?<=[ｳｶ-ﾄﾊ-ﾎ])ﾞ|(?<=[ﾊ-ﾎ])ﾟ")
_MARKS_OF_VOICE = re.compile("[ﾞﾟ]")


@dataclass(frozen=True)
class ForeignText:
    text: str
    encoding: str


def decoded(data: bytes) -> ForeignText | None:
    """The text in `data` and its encoding; None where no known encoding fits."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            text = _strictly(data, codec)
            return None if text is None else ForeignText(text, name)
    text = _strictly(data, "utf-8")
    if text is not None:
        return ForeignText(text, "UTF-8")
    text = _strictly(data, "gb18030")
    if text is not None and _chinese(text) >= _ENOUGH:
        return ForeignText(text, "GBK")
    return None


def of_a_code(data: bytes) -> str | None:
    """The text of a QR code that does not state its encoding: UTF-8, GB 18030 or Shift-JIS; None: none fits.

    Of the last two the one wins in which the characters are more common; Chinese wins a tie.
    """
    text = _strictly(data, "utf-8")
    if text is not None:
        return text
    chinese, japanese = _strictly(data, "gb18030"), _strictly(data, "cp932")
    in_chinese = 0.0 if chinese is None else _chinese(chinese)
    in_japanese = 0.0 if japanese is None else _japanese(japanese)
    if max(in_chinese, in_japanese) < _ENOUGH:
        return None
    return japanese if in_japanese > in_chinese else chinese


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _chinese(text: str) -> float:
    """How common the characters of `text` that are not ASCII are in Chinese, from 0 to 1."""
    return _share(text, lambda character: _by_row(character, "gb2312", _COMMON_IN_CHINESE))


def _japanese(text: str) -> float:
    """The same in Japanese; above 1 where half-width letters carry voicing marks in valid places.

    Nearly any bytes decode as half-width letters; valid marks among them are not a coincidence.
    """
    marks, voiced = len(_MARKS_OF_VOICE.findall(text)), len(_VOICED.findall(text))
    half_width = 1.1 if marks and voiced == marks else _THROTTLE
    return _share(
        text,
        lambda character: (
            half_width if ord(character) in _HALF_WIDTH else _by_row(character, "euc_jp", _COMMON_IN_JAPANESE)
        ),
    )


def _share(text: str, commonness: Callable[[str], float]) -> float:
    foreign = [character for character in text if not character.isascii()]
    return sum(map(commonness, foreign)) / len(foreign) if foreign else 0.0


def _by_row(character: str, codec: str, common: frozenset[int]) -> float:
    """How common a character is by its row in a national standard, as `codec` writes it."""
    try:
        written = character.encode(codec)
    except UnicodeEncodeError:
        return 0.0
    return 1.0 if len(written) == 2 and written[0] - 0xA0 in common else _THROTTLE
