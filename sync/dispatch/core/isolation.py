"""Works on a batch of items from many devices, so that a bad item costs no other. PURE."""

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
    """Yield what `work` makes of all `items` at once or, if that raises, of each of them alone.

    `failed` is called with each item that raises on its own, and the exception. Every kind of exception
    counts, for a stranger's message may raise anything.
    """
    try:
        made = work(items)
    except Exception as error:  # noqa: BLE001 - see above
        if len(items) == 1:
            failed(items[0], error)
            return
    else:
        yield made
        return
    for item in items:
        yield from in_batch_or_each([item], work, failed)
