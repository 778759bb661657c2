"""Declared routes: each says which act it takes. A route without an act does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sync.central.accounts.core.roles import Act

Handler = TypeVar("Handler", bound=Callable[..., Any])

BODY = 256 * 1024
"""How many bytes a request may bring, where its route does not say otherwise."""


@dataclass(frozen=True)
class Public:
    """Who a route is for, where it is for everybody: sign-in, health, an invitation's link, an appeal."""


PUBLIC = Public()


@dataclass(frozen=True)
class Route:
    """One declared route: what it answers, to whom, and how large a body it takes."""

    method: str
    path: str
    act: Act | Public
    handler: Callable[..., Any]
    body: int = BODY


class Pages:
    """A table of declared routes. A part makes one, and fills it by the decorators `get` and `post`."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, *, act: Act | Public) -> Callable[[Handler], Handler]:
        """Declare that the handler answers GET at `path`, to those who may `act`."""
        return self._declare("GET", path, act, BODY)

    def post(self, path: str, *, act: Act | Public, body: int = BODY) -> Callable[[Handler], Handler]:
        """Declare that the handler answers POST at `path`, to those who may `act`; it takes `body` bytes."""
        return self._declare("POST", path, act, body)

    def _declare(self, method: str, path: str, act: Act | Public, body: int) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self._routes.append(Route(method, path, act, handler, body))
            return handler

        return declare
