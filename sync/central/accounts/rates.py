"""How often somebody may try: by account and by address, in this process's memory."""

from __future__ import annotations

import time
from hashlib import sha256
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_OF_AN_ACCOUNT = parse("10 per 15 minutes")
_OF_AN_ADDRESS = parse("60 per 15 minutes")
_NOTED = parse("20 per 15 minutes")
_IPV6_PREFIX = 64


class TryRates:
    """Counts tries. Limits end by themselves; an account's holds for passwords, which can be guessed: nobody
    is shut out who has a passkey or is given a link.
    """

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def seconds_until_password(self, name: str, address: str) -> int:
        """0 where a password may be tried now, which counts as a try; else how many seconds to wait.

        The same for a name that nobody has.
        """
        of_account, of_address = ("account", _short(name)), ("address", _block(address))
        for item, key in ((_OF_AN_ADDRESS, of_address), (_OF_AN_ACCOUNT, of_account)):
            if not self._limiter.hit(item, *key):
                return self._wait(item, key)
        return 0

    def seconds_until_other(self, address: str) -> int:
        """The same for what cannot be guessed, but costs work: a passkey's challenge, a link."""
        key = ("other", _block(address))
        return 0 if self._limiter.hit(_OF_AN_ADDRESS, *key) else self._wait(_OF_AN_ADDRESS, key)

    def was_right(self, name: str) -> None:
        """Forget the tries of an account that has signed in."""
        self._limiter.clear(_OF_AN_ACCOUNT, "account", _short(name))

    def may_note_stranger(self, address: str) -> bool:
        """Whether one more try with an unknown name is to be noted: a flood fills no audit."""
        return self._limiter.hit(_NOTED, "noted", _block(address)) and self._limiter.hit(
            _NOTED, "noted_in_all"
        )

    def _wait(self, item: RateLimitItem, key: tuple[str, str]) -> int:
        return max(1, round(self._limiter.get_window_stats(item, *key).reset_time - time.time()))


def _short(name: str) -> str:
    """A key of one size for any name that somebody types."""
    return sha256(name.encode(errors="replace")).hexdigest()[:16]


def _block(address: str) -> str:
    """The address, or the block that one IPv6 customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(parsed if parsed.version == 4 else ip_network(f"{parsed}/{_IPV6_PREFIX}", strict=False))
