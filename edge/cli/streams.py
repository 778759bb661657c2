"""Standard output and standard error, in front of which foreign text is escaped.

So `print`, logs and whatever a library says are safe without knowing it. Colours and moves of the cursor,
which are ours, go past it: by `edge.cli.terminal.console`, or by `raw`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from edge.support.escaping import escaped

_KEPT = "\n\t"


class EscapingStream:
    """A text stream that escapes what is written to it, but for lines and tabs; the rest is the stream's."""

    def __init__(self, stream: TextIO) -> None:
        self.raw = stream

    def write(self, text: str) -> int:
        self.raw.write("\r\n".join(escaped(line, keep=_KEPT) for line in text.split("\r\n")))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        """No: anyone who asks wants to write colours, and those go by `console`."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Standard output and standard error escape what is written to them, until this ends."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", EscapingStream(raw(stream))) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(stream: TextIO) -> TextIO:
    """The stream behind an escaping one: for what we draw ourselves, and nothing foreign in it."""
    return stream.raw if isinstance(stream, EscapingStream) else stream
