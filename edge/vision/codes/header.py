"""Reads the header of a QR code that is one of several from its modules: the reader's library drops it.

ISO/IEC 18004, sections 7.7.3 (placement), 7.8.2 (masks) and 8 (structured append).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from qrcode import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, QRCode
from qrcode.base import rs_blocks
from qrcode.util import ALPHA_NUM, MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_KANJI, MODE_NUMBER, mask_func

Modules = NDArray[np.bool_]
"""The modules of a code, row by row, without its quiet zone; dark is True."""

_STRUCTURED_APPEND = 0b0011
_ECI = 0b0111
_COUNT_BITS = {
    MODE_NUMBER: (10, 12, 14),
    MODE_ALPHA_NUM: (9, 11, 13),
    MODE_8BIT_BYTE: (8, 16, 16),
    MODE_KANJI: (8, 10, 12),
}
"""How long a segment's count is, in versions to 9, to 26 and beyond (ISO/IEC 18004, table 3)."""
_LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}


@dataclass(frozen=True)
class AppendHeader:
    """Which part (from 1) of how many a code is, and the parity of the whole."""

    number: int
    total: int
    parity: int


def header_of(modules: Modules, version: int, level: str, mask: int, content: bytes) -> AppendHeader | None:
    """The header of a code of this version, level of error correction and mask; None where it has none.

    Modules are as they were seen, errors and all: so what follows the header has to be the beginning
    of `content`, which the reader has corrected.
    """
    size = 17 + 4 * version
    if modules.shape != (size, size) or level not in _LEVELS:
        return None
    masked = mask_func(mask)
    # The first four bits lie in the corner of every version: they alone decide for most codes.
    corner = ((size - 1, size - 1), (size - 1, size - 2), (size - 2, size - 1), (size - 2, size - 2))
    if _number(bool(modules[position]) ^ masked(*position) for position in corner) != _STRUCTURED_APPEND:
        return None
    bits = (bool(modules[row, column]) ^ masked(row, column) for row, column in _data_modules(version))
    blocks = len(rs_blocks(version, _LEVELS[level]))
    begun = _Bits(_first_block(bits, blocks))
    begun.read_number(4)
    number, total, parity = begun.read_number(4) + 1, begun.read_number(4) + 1, begun.read_number(8)
    if not total > 1 or number > total or not _begins(begun, content, version):
        return None
    return AppendHeader(number, total, parity)


class _Bits:
    """Bits to read numbers from, one after another; zeros where there are no more."""

    def __init__(self, bits: Iterable[bool]) -> None:
        self._bits = iter(bits)

    def read_number(self, count: int) -> int:
        """The number in the next `count` bits, the highest first."""
        taken = list(islice(self._bits, count))
        return _number([*taken, *[False] * (count - len(taken))])


def _first_block(bits: Iterator[bool], blocks: int) -> Iterator[bool]:
    """The bits of the first block, of which every codeword is followed by one of each other block."""
    while codeword := list(islice(bits, 8)):
        yield from codeword
        list(islice(bits, 8 * (blocks - 1)))


def _number(bits: Iterable[bool]) -> int:
    return reduce(lambda number, bit: 2 * number + bit, bits, 0)


def _begins(bits: _Bits, content: bytes, version: int) -> bool:
    """Whether the segment that follows is the beginning of `content`."""
    mode = bits.read_number(4)
    if mode == _ECI:
        bits.read_number(8)
        mode = bits.read_number(4)
    if mode not in _COUNT_BITS or not content:
        return False
    count = bits.read_number(_COUNT_BITS[mode][(version > 9) + (version > 26)])
    if not 0 < count <= len(content):
        return False
    if mode == MODE_NUMBER:
        digits = min(3, count)
        return f"{bits.read_number((4, 7, 10)[digits - 1]):0{digits}}".encode() == content[:digits]
    if mode == MODE_ALPHA_NUM:
        return _alphanumeric(bits, min(2, count)) == content[: min(2, count)]
    return mode == MODE_KANJI or bits.read_number(8) == content[0]


def _alphanumeric(bits: _Bits, characters: int) -> bytes:
    value = bits.read_number(11 if characters == 2 else 6)
    values = divmod(value, 45) if characters == 2 else (value,)
    return bytes(ALPHA_NUM[value] for value in values if value < 45)


def _data_modules(version: int) -> Iterator[tuple[int, int]]:
    """Where the bits lie: in columns of two modules from the right, up and down in turn, around patterns."""
    size = 17 + 4 * version
    patterns = _patterns(version, size)
    for pair, right in enumerate((*range(size - 1, 6, -2), 5, 3, 1)):
        rows = range(size) if pair % 2 else range(size - 1, -1, -1)
        for row in rows:
            for column in (right, right - 1):
                if patterns[row][column] is None:
                    yield row, column


def _patterns(version: int, size: int) -> list[list[bool | None]]:
    """The patterns of every code of this version, with the places of its format; None where data may lie."""
    code = QRCode(version=version)
    modules: list[list[bool | None]] = [[None] * size for _ in range(size)]
    code.modules_count, code.modules = size, modules
    for row, column in ((0, 0), (size - 7, 0), (0, size - 7)):
        code.setup_position_probe_pattern(row, column)
    code.setup_position_adjust_pattern()
    code.setup_timing_pattern()
    code.setup_type_info(True, 0)
    if version >= 7:
        code.setup_type_number(True)
    return modules
