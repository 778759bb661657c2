"""Which PINs are taken: at least six digits that nobody guesses first."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import pairwise
from typing import Final

SHORTEST, LONGEST = 6, 12

_FACTORY: Final = frozenset({"123123", "121212", "112233", "123321", "159753", "147258", "520520", "168168"})
"""What devices are delivered with and people take first, besides what a rule below refuses."""


class PinFault(StrEnum):
    """Why a PIN is not taken."""

    NOT_DIGITS = "not_digits"
    SHORT = "short"
    LONG = "long"
    FACTORY = "factory"
    ONE_DIGIT = "one_digit"
    RUN = "run"
    DATE = "date"
    OWN_ID = "own_id"
    SAME = "same"
    DURESS_UNLIKE = "duress_unlike"


def pin_as_kept(pin: str) -> str:
    """The PIN as it is compared: a Chinese keyboard gives full-width digits, and people type spaces."""
    return "".join(unicodedata.normalize("NFKC", pin).split())


def could_be_pin(word: str) -> bool:
    """Whether a word (as kept) has a PIN's digits."""
    return SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isdigit()


def fault_of_pin(pin: str, staff: str, *, others: tuple[str, ...] = ()) -> PinFault | None:
    """Why `pin` (as kept) is no PIN for `staff`; `others` are those that it must differ from."""
    number = "".join(re.findall(r"[0-9]", staff))
    faults = {
        PinFault.NOT_DIGITS: not re.fullmatch(r"[0-9]*", pin),
        PinFault.SHORT: len(pin) < SHORTEST,
        PinFault.LONG: len(pin) > LONGEST,
    }
    if not any(faults.values()):
        faults |= {
            PinFault.ONE_DIGIT: len(set(pin)) == 1,
            PinFault.RUN: _is_run(pin),
            PinFault.FACTORY: pin in _FACTORY or _is_repeated(pin),
            PinFault.DATE: _is_date(pin),
            PinFault.OWN_ID: len(number) >= 4 and number in pin,
            PinFault.SAME: pin in others,
        }
    return next((fault for fault, found in faults.items() if found), None)


def fault_of_duress(duress: str, pin: str) -> PinFault | None:
    """Why `duress` is no duress word beside `pin` (both as kept): it is that PIN with another end, so that
    nobody who watches sees a difference, and who is afraid need not think.
    """
    if duress == pin:
        return PinFault.SAME
    like = len(duress) == len(pin) and duress[: len(pin) // 2] == pin[: len(pin) // 2]
    return None if like and duress.isascii() and duress.isdigit() else PinFault.DURESS_UNLIKE


def _is_run(pin: str) -> bool:
    """Whether each digit is the one before, and always the same step up or down, as in 234567 or 890123."""
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(pin)}
    return len(steps) == 1 and steps <= {1, 9}


def _is_repeated(pin: str) -> bool:
    """Whether it is two digits over and over, as in 121212."""
    return len(pin) % 2 == 0 and pin == pin[:2] * (len(pin) // 2)


def _is_date(pin: str) -> bool:
    """Whether it reads as a day of this time: 19900101, 2026 and a month, or 010190 in either order."""
    if len(pin) == 8:
        return pin[:2] in {"19", "20"} and _month_day(pin[4:6], pin[6:])
    if len(pin) != 6:
        return False
    if pin[:2] in {"19", "20"} and 1 <= int(pin[4:]) <= 12:
        return True
    year_first, year_last = _month_day(pin[2:4], pin[4:]), _month_day(pin[2:4], pin[:2])
    return year_first or year_last or _month_day(pin[:2], pin[2:4])


def _month_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31
