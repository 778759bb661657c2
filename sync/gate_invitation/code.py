"""The code of an invitation: what lets one device in once, and what proves the centre to it.

Seven groups of five letters: 28 letters of content and a check letter in each group, so that a mistyped
group is named. The content is a random secret (80 bits), and a mark of the services' authority (60 bits)
that is computed with the secret. Nothing of the secret is ever sent: the device shows the door what follows
from it. docs/decisions/0230 says why so many bits are enough.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

import msgspec

from edge.errors import GatepostError

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for another."""
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS: Final = str.maketrans("", "", "-–—_.· \t\r\n")
GROUPS: Final = 7
_CONTENT: Final = 4
"""Letters of a group, without its check letter."""

SECRET_BYTES: Final = 10
MARK_BITS: Final = 60
_BITS: Final = 5 * _CONTENT * GROUPS

# scrypt (RFC 7914): 16 MiB and some 0.1 s of a Raspberry Pi for each guess.
_COST: Final = {"n": 1 << 14, "r": 8, "p": 1}
_PROOF_SALT: Final = b"gatepost gate invitation 1: proof"
_MARK_SALT: Final = b"gatepost gate invitation 1: mark "


class CodeError(GatepostError):
    """What was typed is no code of an invitation."""


class InvitationCode(msgspec.Struct, frozen=True):
    """`secret` (10 bytes) lets a device in; `mark` (60 bits) is that of the authority which it may trust."""

    secret: bytes
    mark: int

    def __repr__(self) -> str:
        return "InvitationCode(…)"

    def proves(self, authority: bytes) -> bool:
        """Whether the code is for the authority with this certificate (DER)."""
        return hmac.compare_digest(
            self.mark.to_bytes(8, "big"), _mark(self.secret, authority).to_bytes(8, "big")
        )


def new_code(secret: bytes, authority: bytes) -> InvitationCode:
    """A code with this secret, random bytes, for the services' authority with this certificate (DER)."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    return InvitationCode(secret, _mark(secret, authority))


def proof_of(code: InvitationCode) -> bytes:
    """What a device shows the door (32 bytes): it follows from the secret, which follows from nothing."""
    return hashlib.scrypt(code.secret, salt=_PROOF_SALT, dklen=32, **_COST)


def kept_of(proof: bytes) -> bytes:
    """What is kept of a proof (32 bytes): who reads it cannot show it."""
    return hashlib.sha256(proof).digest()


def shown_code(code: InvitationCode) -> str:
    """The code as people read and type it: groups with dashes."""
    content = int.from_bytes(code.secret, "big") << MARK_BITS | code.mark
    letters = [content >> 5 * place & 31 for place in reversed(range(_BITS // 5))]
    groups = [letters[start : start + _CONTENT] for start in range(0, len(letters), _CONTENT)]
    return "-".join(
        "".join(ALPHABET[value] for value in (*group, _check(number, group)))
        for number, group in enumerate(groups)
    )


def read_code(text: str) -> InvitationCode:
    """The code that was typed: case, dashes, blanks and full-width letters do not matter. Raises CodeError,
    which names the group that is wrong and does not repeat it.
    """
    plain = unicodedata.normalize("NFKC", text[:400]).upper().translate(_SEPARATORS).translate(_READ_AS)
    strange = sorted({letter for letter in plain if letter not in ALPHABET})
    if strange:
        raise CodeError(
            f"a code has no {' '.join(strange)[:40]!r}",
            where="the code",
            remedy="digits and letters, without U",
        )
    size = GROUPS * (_CONTENT + 1)
    if len(plain) != size:
        raise CodeError(
            f"has {len(plain)} letters, expected {size}: {GROUPS} groups of {_CONTENT + 1}",
            where="the code",
            remedy="type all of it, as it is shown",
        )
    values = [ALPHABET.index(letter) for letter in plain]
    groups = [values[start : start + _CONTENT + 1] for start in range(0, size, _CONTENT + 1)]
    wrong = [number for number, group in enumerate(groups) if _check(number, group[:-1]) != group[-1]]
    if wrong:
        names = ", ".join(str(number + 1) for number in wrong)
        raise CodeError(
            f"group {names} is mistyped" if len(wrong) == 1 else f"groups {names} are mistyped",
            where="the code",
            remedy="compare it with the code at the centre",
        )
    content = 0
    for group in groups:
        for value in group[:-1]:
            content = content << 5 | value
    return InvitationCode(
        (content >> MARK_BITS).to_bytes(SECRET_BYTES, "big"), content & (1 << MARK_BITS) - 1
    )


# --- inside --------------------------------------------------------------------------------


def _mark(secret: bytes, authority: bytes) -> int:
    """The mark of a certificate under a secret: nobody can look for one that fits without the secret."""
    stretched = hashlib.scrypt(hashlib.sha256(authority).digest(), salt=_MARK_SALT + secret, dklen=8, **_COST)
    return int.from_bytes(stretched, "big") >> 64 - MARK_BITS


def _check(number: int, content: list[int]) -> int:
    """The check letter of a group: H. M. Damm's of order 32. It finds every single wrong letter and two
    neighbours that changed places; it begins with the group's number, so groups cannot change places either.
    """
    state = number + 1
    for value in content:
        state = _doubled(state ^ value)
    return state


def _doubled(value: int) -> int:
    """Twice `value` in the field of 32 elements, modulo x⁵ + x² + 1."""
    return value << 1 ^ (0b100101 if value & 16 else 0)
