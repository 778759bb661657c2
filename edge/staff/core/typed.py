"""What people type and must not be written down: a PIN, alone or in the middle of a sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from edge.staff.core.pins import could_be_pin

NOT_WRITTEN: Final = "–"
"""What stands where such digits were."""
_DIGITS: Final = re.compile(r"[0-9]+(?: [0-9]+)*")


def pins_in(text: str) -> tuple[str, ...]:
    """The numbers in `text` that have a PIN's digits, each once, as PINs are kept: nobody can tell such a
    number from one. Full-width digits and blanks between them count as at a sign-in. What is written as one
    comes first, then what is one as a whole, then what begins or ends within it.
    """
    runs = [run.split() for run in _DIGITS.findall(_plain(text))]
    likely = [*(group for run in runs for group in run), *("".join(run) for run in runs)]
    found = (pin for run in runs for pin in _pins_of(run))
    return tuple(dict.fromkeys((*filter(could_be_pin, likely), *found)))


def may_hold_pin(text: str) -> bool:
    """Whether as many digits stand together in `text` as a PIN has: what is in the journal stays there."""
    return bool(pins_in(text))


def without_pins(text: str) -> str:
    """`text` without the digits that may be a PIN."""

    def struck(run: re.Match[str]) -> str:
        return NOT_WRITTEN if any(_pins_of(run[0].split())) else run[0]

    return _DIGITS.sub(struck, _plain(text)) if may_hold_pin(text) else text


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _pins_of(groups: list[str]) -> list[str]:
    """What could be a PIN of groups of digits with blanks between them: one of them, or some in a row."""
    rows = (
        "".join(groups[first:last])
        for first in range(len(groups))
        for last in range(first + 1, len(groups) + 1)
    )
    return [row for row in rows if could_be_pin(row)]
