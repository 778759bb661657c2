"""Starting a part so that it is stopped again, in reverse."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Protocol, TypeVar


class StartedPart(Protocol):
    """What a gate starts and stops."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


_Part = TypeVar("_Part", bound=StartedPart)


def started(part: _Part, running: ExitStack) -> _Part:
    """`part`, at work until `running` ends."""
    part.start()
    running.callback(part.stop)
    return part
