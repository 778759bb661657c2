r"""Makes untrusted text safe to show: the text of a code, a name, a file name.

Pure. Characters that a terminal or a page would act on instead of showing them (control characters, changes
of the writing direction, invisible ones) are written as `\u001b`, as JSON writes them, so that JSON stays
JSON; a byte of a file's name that is not UTF-8 is written as `\xff`. A text that was escaped stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's general categories of characters that are not visible."""
_JOINERS = frozenset("\u200c\u200d")
"""Needed to write Persian and several Indian scripts; they cannot hide or move anything."""
_STRAY_BYTES = range(0xDC80, 0xDD00)
"""How Python holds the bytes of a name that are not UTF-8 (PEP 383)."""


_OBJECT = re.compile(r" ?<[^<>]{0,200} at 0x[0-9a-fA-F]{1,16}[^<>]{0,200}>")


def without_objects(text: str) -> str:
    """`text` without Python's names of objects (`<… object at 0x7f…>`), which tell nobody anything."""
    return _OBJECT.sub("", text) if " at 0x" in text else text


def escaped(text: str, *, keep: str = "") -> str:
    """`text` with every character escaped that is not shown as itself, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or _is_shown(character) else _escape(ord(character))
        for character in text
    )


def escaped_html(text: str) -> str:
    """`text` escaped for the text or a quoted attribute of an HTML page."""
    return escape(escaped(text))


def _is_shown(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _NOT_SHOWN


def _escape(code: int) -> str:
    if code in _STRAY_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
