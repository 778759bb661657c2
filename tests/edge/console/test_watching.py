"""What pages look at is kept up by threads that end with the console, whenever it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pytest

from edge.console.gate_link import GateLink
from edge.console.refusal import Refusal
from edge.console.watching import Looker, Watchers
from edge.staff.protocol import MOST_BYTES, encoded, request_of
from edge.staff.protocol.watching import Topic, Watched
from edge.support.packet_server import PacketLimits, PacketServer, Reply
from tests.waiting import PATIENT

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


def test_the_gate_hears_of_everybody_who_looks_at_a_topic(tmp_path: Path) -> None:
    """To watch is to say that one is there, for an enrolment: who looked first does not ask for all."""
    heard: SimpleQueue[str] = SimpleQueue()

    def answer(packet: bytes, reply: Reply) -> None:
        request = request_of(packet)
        heard.put(request.session)
        reply(encoded(Watched(1, 1, {})))

    with (
        PacketServer("gate", tmp_path / "gate.sock", answer, PacketLimits(MOST_BYTES, MOST_BYTES)),
        closing(GateLink(tmp_path / "gate.sock")) as link,
        closing(Watchers(link, lambda: None)) as watchers,
    ):
        lookers, asked = ("first", "second", "third"), set()
        for _ in range(50):
            for looker in lookers:
                with suppress(Refusal):  # the gate was not heard yet
                    watchers.look((Topic.ENROLMENT,), Looker(looker, "127.0.0.1"), 0)
            asked.add(heard.get(timeout=PATIENT))
        assert asked == set(lookers)
