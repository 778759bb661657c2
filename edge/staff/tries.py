"""Bounds how many PINs are tried: from one tablet or keypad, so that nobody there keeps the others from
signing in, and from all tablets together.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from edge.support.bucket import Bucket

_OF_ONE, _OF_ONE_SAVED = 0.25, 40.0
_OF_ALL, _OF_ALL_SAVED = 0.5, 40.0
"""PINs that are tried a second, and the seconds of that saved up: ten at once from one, twenty from all."""
_MOST_KEPT: Final = 64


class PinTries:
    """The PINs tried lately: by one keypad (`apart`) those of the tablets do not count, nor its own there."""

    def __init__(self) -> None:
        self._all = Bucket(_OF_ALL, seconds_saved=_OF_ALL_SAVED)
        self._of: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, client: str, now: float, *, apart: bool = False) -> float:
        """Seconds until `client` may try another; 0.0: now."""
        own = self._own(client).wait(now)
        return own if apart else max(own, self._all.wait(now))

    def take(self, client: str, *, apart: bool = False) -> None:
        """Count one try."""
        self._own(client).take(1)
        if not apart:
            self._all.take(1)

    def _own(self, client: str) -> Bucket:
        bucket = self._of.setdefault(client, Bucket(_OF_ONE, seconds_saved=_OF_ONE_SAVED))
        self._of.move_to_end(client)
        if len(self._of) > _MOST_KEPT:
            self._of.popitem(last=False)
        return bucket
