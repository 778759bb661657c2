"""Declared routes: each says which act it takes. A route without an act does not exist."""

from __future__ import annotations

from collections.abc import Callable

from edge.web.routes import BODY, DeclaredRoutes, Handler, Public
from sync.central.accounts.core import Act


class Pages(DeclaredRoutes[Act]):
    """A table of declared routes. A part makes one, and fills it by the decorators `get` and `post`."""

    def get(self, path: str, *, act: Act | Public) -> Callable[[Handler], Handler]:
        """Declare that the handler answers GET at `path`, to those who may `act`."""
        return self.declare("GET", path, act)

    def post(self, path: str, *, act: Act | Public, body: int = BODY) -> Callable[[Handler], Handler]:
        """Declare that the handler answers POST at `path`, to those who may `act`; it takes `body` bytes."""
        return self.declare("POST", path, act, body)
