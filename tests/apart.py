"""What asyncio does, in a thread of its own: in that of the tests the browser's driver may have a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_Value = TypeVar("_Value")


def run_apart(begun: Callable[[], Coroutine[Any, Any, _Value]]) -> _Value:
    """What the coroutine that `begun` makes returns, or raises."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(begun())).result()  # noqa: TID251 - here it is meant
