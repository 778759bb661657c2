"""What people type and must not be written down: a PIN, in the middle of a sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from edge.staff.core.pins import LONGEST, SHORTEST

_DIGITS: Final = re.compile(r"[0-9](?:[ ]?[0-9])*")


def may_hold_pin(text: str) -> bool:
    """Whether as many digits stand together in `text` as a PIN has: nobody can tell such a number from one,
    and what is in the journal stays there. Full-width digits and blanks between them count as at a sign-in.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    runs = (len(found.replace(" ", "")) for found in _DIGITS.findall(words))
    return any(SHORTEST <= run <= LONGEST for run in runs)
