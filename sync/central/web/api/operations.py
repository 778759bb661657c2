"""Declared operations of the API: an act, what is taken, what is answered. The OpenAPI follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from sync.central.accounts.core import Act

T = TypeVar("T")
Handler = TypeVar("Handler", bound=Callable[..., Any])
BODY = 1 << 20
"""How many bytes a request may bring, where its operation does not say otherwise."""


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `next` asks for the following one (`?before=`), null at its end."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True)
class Operation:
    """One operation: where it is, which act it takes, the types of what it takes and answers."""

    method: str
    path: str
    act: Act
    answer: Any
    takes: Any
    handler: Callable[..., Any]
    body: int = BODY

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").strip().split("\n")[0]


class Operations:
    """A table of declared operations; a resource makes one and fills it by `get` and `post`."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def get(self, path: str, *, act: Act, answer: Any) -> Callable[[Handler], Handler]:
        """Declare that the handler answers GET at `path` with an `answer`, to tokens that may `act`."""
        return self._declare("GET", path, act, answer, None, BODY)

    def post(
        self, path: str, *, act: Act, answer: Any, takes: Any = None, body: int = BODY
    ) -> Callable[[Handler], Handler]:
        """Declare likewise a POST that `takes` a value in its body: a type, or `bytes` for a file."""
        return self._declare("POST", path, act, answer, takes, body)

    def _declare(
        self, method: str, path: str, act: Act, answer: Any, takes: Any, body: int
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self._operations.append(Operation(method, path, act, answer, takes, handler, body))
            return handler

        return declare
