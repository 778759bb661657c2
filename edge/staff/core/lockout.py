"""How long an account is locked after wrong PINs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FREE: Final = 5
"""Wrong attempts that lock an account for the first time."""
FIRST, LONGEST = 60.0, 3600.0
"""Seconds: each wrong attempt after that locks for twice as long, up to an hour."""


@dataclass(frozen=True)
class Lockout:
    """Wrong attempts in a row, and until when (monotonic seconds) the account is locked."""

    wrong: int = 0
    until: float = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds that it is still locked; 0.0: it is not."""
        return max(0.0, self.until - now)


def seconds_after(wrong: int) -> float:
    """For how long so many wrong attempts in a row lock."""
    if wrong < FREE:
        return 0.0
    return min(LONGEST, FIRST * 2.0 ** min(wrong - FREE, 16))


def after_wrong(lockout: Lockout, now: float) -> Lockout:
    """The lockout after one more wrong attempt."""
    wrong = lockout.wrong + 1
    lasts = seconds_after(wrong)
    return replace(lockout, wrong=wrong, until=now + lasts if lasts else lockout.until)


def kept(wrong: int, left: float, now: float) -> Lockout:
    """The lockout that a file says: so many seconds were `left` when it was written. A restart frees nobody,
    and whatever the file says, nobody is locked for longer than an hour.
    """
    lasts = min(max(left, 0.0), LONGEST) if left == left else LONGEST  # noqa: PLR0124 - not a number
    return Lockout(max(wrong, 0), now + lasts)
