"""Declared routes: each says which right it asks for. A route without one does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])
Right = TypeVar("Right")

BODY = 256 * 1024
"""How many bytes a request may bring, where its route does not say otherwise."""


@dataclass(frozen=True)
class Public:
    """Who a route is for, where it is for everybody: sign-in, health, an invitation's link, an appeal."""


PUBLIC = Public()


@dataclass(frozen=True)
class Route(Generic[Right]):
    """One declared route: what it answers, to whom, and how large a body it takes."""

    method: str
    path: str
    right: Right | Public
    handler: Callable[..., Any]
    body: int = BODY


class DeclaredRoutes(Generic[Right]):
    """A table of declared routes. A console's own makes decorators of `declare`."""

    def __init__(self) -> None:
        self._routes: list[Route[Right]] = []

    def __iter__(self) -> Iterator[Route[Right]]:
        return iter(self._routes)

    def declare(
        self, method: str, path: str, right: Right | Public, body: int = BODY
    ) -> Callable[[Handler], Handler]:
        """Declare that the handler answers `method` at `path`, to those who have the right; it takes `body`
        bytes.
        """

        def declare(handler: Handler) -> Handler:
            self._routes.append(Route(method, path, right, handler, body))
            return handler

        return declare
