"""How somebody signed in, and when a session is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sync.central.units import HOUR


class SignInWay(StrEnum):
    """How somebody signed in."""

    PASSKEY = "passkey"
    PASSWORD = "password"
    LINK = "link"
    DIRECTORY = "directory"


@dataclass(frozen=True)
class Lifetimes:
    """Microseconds for which a session lives from the sign-in, and without being used."""

    whole: int
    idle: int

    def is_over(self, made_at: int, used_at: int, now: int) -> bool:
        """Whether a session is over; a clock that was set back does not make it live longer."""
        return now - made_at >= self.whole or now - used_at >= self.idle or now < made_at

    def ends_at(self, made_at: int, used_at: int) -> int:
        """When it is over, unless it is used again."""
        return min(made_at + self.whole, used_at + self.idle)


USUAL: Final = Lifetimes(12 * HOUR, HOUR)
