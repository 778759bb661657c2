"""Short numeric codes for those without a phone: made, normalised, and kept as digests only.

A computer that has the digest of eight digits can try all hundred million. So the digest is slow (scrypt),
with the site's own salt, and a code lives for hours; docs/visits.md says what remains.
"""

from __future__ import annotations

import hashlib
import unicodedata
from enum import StrEnum

FEWEST_DIGITS = 6
MOST_DIGITS = 8
SALT_BYTES = 16
_COST, _BLOCK, _LANES, _BYTES = 1 << 14, 8, 1, 16
_MEMORY = 64 * 1024 * 1024


def is_code(text: str) -> bool:
    """Whether a text is what somebody types for a code: six to eight digits and nothing else."""
    return text.isascii() and text.isdigit() and FEWEST_DIGITS <= len(text) <= MOST_DIGITS


def typed_code(text: str) -> str | None:
    """The code that somebody typed, blanks and full-width digits forgiven; None where it is none."""
    digits = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split())
    return digits if is_code(digits) else None


def code_of(number: int, digits: int) -> str:
    """The code that a random number below 10**digits makes."""
    return f"{number:0{digits}d}"


def shown_code(code: str) -> str:
    """The code in two groups, as people read numbers to each other."""
    half = (len(code) + 1) // 2
    return f"{code[:half]} {code[half:]}"


def digest_of(code: str, salt: bytes) -> bytes:
    """What is kept of a code. It takes some hundredths of a second, on purpose."""
    return hashlib.scrypt(code.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=_BYTES)


class NumberVerdict(StrEnum):
    """What a typed number is worth."""

    GOOD = "good"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    OVER = "over"
    USED_UP = "used_up"
    TOO_MANY_WRONG = "too_many_wrong"


def verdict_of(window: tuple[int, int], uses: int, used: int, now: int, *, cancelled: bool) -> NumberVerdict:
    """What a number that opened `used` times of `uses` is worth at `now`; `window` is the visit's begin
    (inclusive) and end (exclusive).
    """
    since, until = window
    if cancelled:
        return NumberVerdict.CANCELLED
    if now >= until:
        return NumberVerdict.OVER
    if now < since:
        return NumberVerdict.TOO_EARLY
    return NumberVerdict.USED_UP if used >= uses else NumberVerdict.GOOD
