"""A deadline that holds whatever the network does: a mirror that sends a byte now and then keeps each wait
short of its limit, in the body, the headers or the handshake.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tuf.api import exceptions

_AGAIN = 1.0


@contextmanager
def over_after(seconds: float) -> Iterator[None]:
    """End the block with SlowRetrievalError once so many seconds are over; in the main thread alone.

    The alarm comes again each second: what is raised while an object is destroyed is lost.
    """
    is_armed = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if is_armed:
            raise exceptions.SlowRetrievalError

    before = signal.signal(signal.SIGALRM, ring)
    earlier = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        is_armed = False
        signal.setitimer(signal.ITIMER_REAL, *earlier)
        signal.signal(signal.SIGALRM, before)
