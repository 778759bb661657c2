"""What a journal uses of the computer that it runs on, each with the real thing as default."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_bytes

from edge.support.storage import REAL_STORAGE, Storage


@dataclass(frozen=True)
class JournalPorts:
    """Where its database lies, the monotonic clock (seconds), and random bytes for names of epochs."""

    storage: Storage = REAL_STORAGE
    monotonic: Callable[[], float] = time.monotonic
    entropy: Callable[[int], bytes] = token_bytes


REAL_PORTS = JournalPorts()
