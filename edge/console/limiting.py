"""Bounds what one browser may ask for, so that a flood from one costs the others nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_TOO_MANY = """Too many requests from this browser; this one was not done. Try again in a few seconds.
本浏览器请求过多，此请求未办理。请过几秒再试。
"""


@dataclass(frozen=True)
class BrowserRates:
    """What one browser may ask for, and all together, in rates; and how much of it at a time."""

    of_one: tuple[str, ...] = ("40/second", "900/minute")
    of_all: tuple[str, ...] = ("200/second",)
    at_once: int = 24


USUAL = BrowserRates()
"""A page with all that belongs to it is eight requests."""


class Limited:
    """Refuses what is too much of one address, before anything reads it; then what is too much of all."""

    def __init__(self, app: ASGIApp, bounds: BrowserRates) -> None:
        self._app = app
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._own = tuple(parse(item) for item in bounds.of_one)
        self._all = tuple(parse(item) for item in bounds.of_all)
        self._at_once = bounds.at_once
        self._open = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope["client"] else ""
        if self._is_too_much(client):
            await PlainTextResponse(_TOO_MANY, 429, {"retry-after": "2"})(scope, receive, send)
            return
        self._open[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[client] -= 1
            self._open += Counter()  # without the addresses that have none

    def _is_too_much(self, client: str) -> bool:
        if self._open[client] >= self._at_once:
            return True
        # What is refused to one address is not counted for all.
        return not (self._hit(self._own, client) and self._hit(self._all, "all"))

    def _hit(self, items: tuple[RateLimitItem, ...], whose: str) -> bool:
        return all(self._limiter.hit(item, whose) for item in items)
