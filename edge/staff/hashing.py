"""Hashes PINs by argon2id. An account that does not exist takes as long as another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edge.staff.core import fault_of_pin

_ONE_TIME_DIGITS: Final = 8


def pin_hasher() -> PasswordHasher:
    """The hasher of a gate: 19 MiB and 2 passes (OWASP), since a Raspberry Pi hashes beside its camera. Six
    digits are kept by the lock-out, and by who may read the file, not by the hash.
    """
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Pins:
    """Hashes and verifies PINs; `entropy` gives random bytes."""

    def __init__(self, entropy: Callable[[int], bytes], hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or pin_hasher()
        self._entropy = entropy

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(self._entropy(16).hex())

    def hash(self, pin: str) -> str:
        return self._hasher.hash(pin)

    def is_right(self, held: str | None, pin: str) -> bool:
        """Whether it is the PIN whose hash is `held`; None: nobody's, for the same work."""
        nobodys = self._nobodys  # whoever asks first waits for it, with an account or without
        try:
            self._hasher.verify(held or nobodys, pin)
        except (VerificationError, InvalidHashError):
            return False
        return held is not None

    def one_time(self, staff: str) -> str:
        """A PIN for one sign-in, drawn at random."""
        while True:
            drawn = int.from_bytes(self._entropy(8)) % 10**_ONE_TIME_DIGITS
            pin = f"{drawn:0{_ONE_TIME_DIGITS}}"
            if fault_of_pin(pin, staff) is None:
                return pin
