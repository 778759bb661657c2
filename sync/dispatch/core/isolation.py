"""Work on what many devices sent, in one go, where none of them can keep the others out. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def in_batch_or_each(
    items: Sequence[_Item],
    work: Callable[[Sequence[_Item]], _Made],
    failed: Callable[[_Item, Exception], None],
) -> Iterator[_Made]:
    """What `work` makes of all `items` at once or, where that raises anything, of each of them alone.

    `failed` hears of each that cannot be worked on, and why. What a stranger may send has no end; so every
    exception counts here, whatever its kind.
    """
    try:
        made = work(items)
    except Exception as error:  # noqa: BLE001 - any: see above
        if len(items) == 1:
            failed(items[0], error)
            return
    else:
        yield made
        return
    for item in items:
        yield from in_batch_or_each([item], work, failed)
