"""Which chunks of an object are asked for on a link, when they are asked for again, and how fast. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.support.due import NEVER

_LONG_AGO = float("-inf")


@dataclass(frozen=True)
class FetchPace:
    """How fast a registry is fetched; times in seconds.

    At most `outstanding` chunks are asked for at once, each again after `ask_again_after`, and not more than
    `bytes_a_second`. An object of which no chunk came for `stalled` is given up if a newer version is known.
    """

    outstanding: int = 4
    ask_again_after: float = 30.0
    stalled: float = 600.0
    bytes_a_second: float = 2_000_000.0


class OutstandingChunks:
    """The chunks that were asked for on one link and have not arrived, with the time of the question."""

    def __init__(self) -> None:
        self._asked_at: dict[tuple[bytes, int], float] = {}

    def next(self, name: bytes, missing: Iterable[int], now: float, pace: FetchPace) -> tuple[int, ...]:
        """The chunks of object `name` to ask for now, out of its `missing` ones; they count as asked for.

        `now` is monotonic, in seconds. What is not missing any more is forgotten, and so is every other
        object.
        """
        lacking = list(missing)
        waiting = {(name, index): self._asked_at.get((name, index), _LONG_AGO) for index in lacking}
        self._asked_at = {chunk: at for chunk, at in waiting.items() if now < at + pace.ask_again_after}
        room = max(0, pace.outstanding - len(self._asked_at))
        chunks = tuple(index for index in lacking if (name, index) not in self._asked_at)[:room]
        self._asked_at.update(dict.fromkeys(((name, index) for index in chunks), now))
        return chunks

    def next_due(self, pace: FetchPace) -> float:
        """When `next` asks for more although nothing arrives, if not now; inf: nothing is asked for."""
        return min(self._asked_at.values(), default=NEVER) + pace.ask_again_after
