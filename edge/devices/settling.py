"""Contact bounce: a level counts once it has stood still. Time is an argument; nothing waits here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from edge.barrier.board import MOST_DEBOUNCE, InputName


class Settling:
    """Fifty edges of bounce are one press; whatever lasts longer than 0.4 s counts, however it bounces."""

    def __init__(self, debounce: Mapping[InputName, float]) -> None:
        """`debounce` is seconds by line."""
        self._debounce = debounce
        self._settled = dict.fromkeys(debounce, False)
        self._began: dict[InputName, float] = {}
        self._due: dict[InputName, float] = {}

    def edge(self, line: InputName, now: float) -> None:
        """The level of `line` changed at `now` (monotonic s)."""
        began = self._began.setdefault(line, now)
        self._due[line] = min(now + self._debounce[line], began + MOST_DEBOUNCE)

    def next_due(self) -> float | None:
        """When `settle` should be asked next; None while every line stands still."""
        return min(self._due.values(), default=None)

    def settle(self, now: float, level: Callable[[InputName], bool]) -> Iterator[tuple[InputName, bool]]:
        """The lines whose level counts from `now` on and differs from before; `level` reads a line."""
        for line, due in sorted(self._due.items(), key=lambda item: item[1]):
            if due <= now:
                del self._due[line], self._began[line]
                active = level(line)
                if active is not self._settled[line]:
                    self._settled[line] = active
                    yield line, active
