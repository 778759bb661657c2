"""The end of what a worker wrote to its standard error: why a native library gave up."""

from __future__ import annotations

import os
from contextlib import suppress

_KEPT = 4096
_SAID = 300


class StderrTail:
    """Keeps the newest bytes. They are a stranger's, and shown with a failure only."""

    def __init__(self) -> None:
        self._kept = b""

    def receive(self, descriptor: int) -> bool:
        """Read what is there, waiting for it; False at the end of the stream."""
        data = os.read(descriptor, 1 << 16)
        self._kept = (self._kept + data)[-_KEPT:]
        return bool(data)

    def drain(self, descriptor: int) -> None:
        """Read what is left, without waiting: another process may hold the other end."""
        with suppress(OSError):
            os.set_blocking(descriptor, False)
            while self.receive(descriptor):
                pass

    def append_to(self, reason: str) -> str:
        """`reason` with the last line that is not empty, where there is one, fit to be shown."""
        lines = [line for line in self._kept.decode(errors="replace").splitlines() if line.strip()]
        if not lines:
            return reason
        shown = "".join(character if character.isprintable() else "?" for character in lines[-1][:_SAID])
        return f"{reason}; its last output: {shown}"
