"""What pages look at is kept up by threads that end with the console, whenever it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from edge.console.gate_link import GateLink
from edge.console.refusal import Refusal
from edge.console.watching import Looker, Watchers
from edge.staff.protocol.watching import Topic

MOMENTS = 600
"""Of the console's end, each a little later while pages begin to look."""


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns so often that each meets the others anywhere."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_a_console_ends_while_pages_begin_to_look(tmp_path: Path) -> None:
    """A page that is opened in the moment in which the console stops keeps it from nothing."""
    link = GateLink(tmp_path / "nobody.sock")
    for moment in range(MOMENTS):
        watchers, begun = Watchers(link, lambda: None), Event()

        def look(watchers: Watchers = watchers, begun: Event = begun) -> None:
            begun.set()
            for topic in Topic:
                with suppress(Refusal):  # there is no gate
                    watchers.look((topic,), Looker("secret", "127.0.0.1"), 0)

        looking = Thread(target=look)
        looking.start()
        begun.wait()
        for _ in range(moment % 60 * 20):
            pass
        watchers.close()
        looking.join()
    link.close()
