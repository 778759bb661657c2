"""Mistakes in how scanners and keypads are read."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from edge.credentials.known import Tries

Changed = Callable[..., Any]


def tries_forgotten_at_start(_: Changed) -> Changed:
    """A start begins with no wrong number: who cuts the power of a keypad that rests may go on."""

    def changed(self: Any) -> Tries:
        del self
        return Tries()

    return changed


def typed_once_told_twice(read_as: Changed) -> Changed:
    """What somebody typed once is taken for two acts, and decided on twice."""

    def changed(self: Any, *arguments: Any) -> None:
        read_as(self, *arguments)
        read_as(self, *arguments)

    return changed


def half_a_code_waits(_: Changed) -> Changed:
    """Half a code waits for its end for ever, and stands before the next one."""

    def changed(self: Any) -> float:
        del self
        return math.inf

    return changed


def unplugged_for_good(poll: Changed) -> Changed:
    """A device that was lost is never looked for again."""

    def changed(self: Any) -> float:
        due: float = poll(self)
        return due if self._opened else math.inf

    return changed
