"""Numbers that people type: what one is, how it is shown, and the slow digest by which it is known.

Who has the digest of eight digits can try all hundred million. So the digest is slow (scrypt), with the
site's own salt, and a number lives for hours (docs/visits.md says what remains). What is *kept* is the hash
of the slow digest. A gate carries the slow digest of a typed number to where it is looked up, as a text like
any other code's: who has copied the registry has the hashes, and can show no such text without the number.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

FEWEST_DIGITS = 6
MOST_DIGITS = 8
SALT_BYTES = 16
SLOW_BYTES = 16
KEPT_BYTES = 32
PREFIX = "number:"
"""Of the text that carries a typed number; what follows is in hexadecimal."""
RESTING = f"{PREFIX}resting"
"""What is carried of a number that was not looked at: too many were wrong."""
MOST_SALTS = 2

_COST, _BLOCK, _LANES = 1 << 14, 8, 1
_MEMORY = 64 * 1024 * 1024
_ACT = "#"
_NUMBER, _CODE = b"gatepost number 1\0", b"gatepost visitor code 1\0"


@dataclass(frozen=True)
class NumberTyped:
    """Somebody typed `digits` at the keypad `name` and confirmed them; what was typed may be anything."""

    name: str
    digits: str = field(repr=False)  # a secret: nobody logs it


def is_number(text: str) -> bool:
    """Whether a text is six to eight digits and nothing else."""
    return text.isascii() and text.isdigit() and FEWEST_DIGITS <= len(text) <= MOST_DIGITS


def typed_number(text: str) -> str | None:
    """The number that somebody typed, blanks and full-width digits forgiven; None where it is none."""
    digits = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split())
    return digits if is_number(digits) else None


def number_of(drawn: int, digits: int) -> str:
    """The number that a random value below 10**digits makes."""
    return f"{drawn:0{digits}d}"


def shown_number(number: str) -> str:
    """The number in two groups, as people read numbers to each other."""
    half = (len(number) + 1) // 2
    return f"{number[:half]} {number[half:]}"


def slow_digest(number: str, salt: bytes) -> bytes:
    """The digest of a number. It takes some hundredths of a second and 16 MiB, on purpose."""
    return hashlib.scrypt(
        number.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=SLOW_BYTES
    )


def kept_of_slow(slow: bytes) -> bytes:
    """What is kept of a number, by its slow digest."""
    return hashlib.sha256(_NUMBER + slow).digest()


def kept_digest(number: str, salt: bytes) -> bytes:
    """What is kept of a number. As slow as `slow_digest`."""
    return kept_of_slow(slow_digest(number, salt))


def kept_of_code(text: str) -> bytes:
    """What is kept of a visitor's code: nobody guesses its random bits, so the digest is a quick one."""
    return hashlib.sha256(_CODE + text.encode()).digest()


def text_of_digests(slow: Iterable[bytes]) -> str:
    """The text that carries a typed number, by its slow digests under the salts that hold here."""
    return PREFIX + "".join(digest.hex() for digest in slow)


def as_act(text: str, count: int) -> str:
    """The text of the `count`th number that was typed: the same one typed again is a new act, and is
    answered.
    """
    return f"{text}{_ACT}{count}"


def is_resting(text: str) -> bool:
    """Whether a text is of a number that was not looked at."""
    return text.partition(_ACT)[0] == RESTING


def kept_in(text: str) -> tuple[bytes, ...]:
    """By which digests the number that a text carries is known; none where it carries no number."""
    size = 2 * SLOW_BYTES
    digits = text.removeprefix(PREFIX)
    is_other = digits == text
    digits = digits.partition(_ACT)[0]
    if is_other or len(digits) > MOST_SALTS * size or len(digits) % size:
        return ()
    try:
        slow = bytes.fromhex(digits)
    except ValueError:
        return ()
    return tuple(kept_of_slow(slow[at : at + SLOW_BYTES]) for at in range(0, len(slow), SLOW_BYTES))
