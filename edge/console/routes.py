"""Declared routes and live parts of pages: each says which right it asks for. One without does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from edge.staff.core import Right
from edge.staff.protocol.watching import Topic
from edge.web.routes import BODY, DeclaredRoutes, Handler, Public

Shown = Callable[[Any, msgspec.Raw], str]
"""Shows the newest value of a topic to a visit: elements with ids, which replace those on the page."""


@dataclass(frozen=True)
class LivePart:
    """What open pages show of a topic. `here_only`: on a screen of this computer, and nowhere else."""

    topic: Topic
    right: Right | Public
    shown: Shown
    here_only: bool = False


class ConsolePages(DeclaredRoutes[Right]):
    """A table of declared routes. A part makes one, and fills it by the decorators `get`, `post`, `live`."""

    def __init__(self) -> None:
        super().__init__()
        self._live: list[LivePart] = []

    @property
    def live_parts(self) -> Iterator[LivePart]:
        """What its open pages show."""
        return iter(self._live)

    def get(self, path: str, *, right: Right | Public) -> Callable[[Handler], Handler]:
        """Declare that the handler answers GET at `path`, to those who have the `right`."""
        return self.declare("GET", path, right)

    def post(self, path: str, *, right: Right | Public, body: int = BODY) -> Callable[[Handler], Handler]:
        """Declare that the handler answers POST at `path`, to those who have the `right`; it takes `body`
        bytes.
        """
        return self.declare("POST", path, right, body)

    def live(
        self, topic: Topic, *, right: Right | Public, here_only: bool = False
    ) -> Callable[[Shown], Shown]:
        """Declare that the function shows `topic` on open pages (`/stream?topics=…`) of those who have the
        `right`: it gets the visit and the newest value, and gives elements with ids.
        """

        def declare(shown: Shown) -> Shown:
            self._live.append(LivePart(topic, right, shown, here_only))
            return shown

        return declare
