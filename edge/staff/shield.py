"""Keeps what goes wrong on the staff's side to itself: whoever waits for the lane or a decision goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from edge.support.throttle import Throttle

AGAIN_AFTER: Final = 1.0
"""Seconds after which a part that failed is polled again."""
_Given = TypeVar("_Given")


class Shield:
    """Calls parts of the staff's side for the main loop; what one raises is logged, and ends nothing else."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._throttle = Throttle(monotonic)
        self._log = structlog.get_logger("edge.staff")

    def tell(self, hear: Callable[[_Given], None], heard: _Given) -> None:
        """Have a part hear of something."""
        try:
            hear(heard)
        except Exception as error:  # noqa: BLE001 - a gate without its console is still a gate
            self._failed(error)

    def poll(self, poll: Callable[[], float]) -> float:
        """When a part that was polled is to be polled again."""
        try:
            return poll()
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(error)
            return self._monotonic() + AGAIN_AFTER

    def _failed(self, error: Exception) -> None:
        times = self._throttle.happened(type(error).__name__)
        if times:
            self._log.error("staff_side_failed", times=times, exc_info=error)
