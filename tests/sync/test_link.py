"""What a link does with a peer that keeps it waiting, over real sockets; the times are shortened, not played.

FAULTS 33, 36, 39 and 47. How long is in `LinkTimeouts`; the keepalive of these tests is 2 s.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from structlog.testing import capture_logs

from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.journals.findings import FindingKind
from sync.transport.core import Ending, LinkState, LinkTimeouts
from tests.ports import free_port
from tests.sync.proxy import Proxy, Weather
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import soon


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def drained(agent: Agent) -> Callable[[], bool]:
    return lambda: agent._uploader.progress()[2] == 0


def ended(agent: Agent) -> Ending | None:
    """How the link before this one ended."""
    return None if agent._link.last is None else agent._link.last.ending


# --- a centre that is away for longer than the silence that it is allowed --------------------------


SHORT = LinkTimeouts(silence=2.5)


def test_a_centre_that_was_away_for_longer_than_a_silence_gets_everything(world: World) -> None:
    """FAULTS 39, over a real broker: from the start, and in the middle. `test_away` has the rest."""
    with world.journal() as journal, world.agent(limits=SHORT) as agent:
        told = append(journal, 150)
        for _ in range(2):
            links = max(agent._link.number, 1)
            soon(lambda links=links: agent._link.number > links, meanwhile=agent.poll)  # type: ignore[misc]
            assert ended(agent) is Ending.SILENT
            with world.central():
                soon(drained(agent), meanwhile=agent.poll)
                told += append(journal, 5)
                soon(drained(agent), meanwhile=agent.poll)
            told += append(journal, 5)
    assert world.stored() == told[:-5]


# --- brokers that lie, and networks that are half there -----------------------------------------------


CONNACK = bytes([0x20, 3, 0, 0, 0])
SUBACK = bytes([0x90, 4, 0, 1, 0, 1])
PINGRESP = bytes([0xD0, 0])


class LyingBroker:
    """Listens on `port` and sends `answers` to each client, a byte a second if `slowly`; then, with
    `pings`, nothing but that it lives.
    """

    def __init__(self, port: int, answers: bytes, *, pings: bool = False, slowly: bool = False) -> None:
        self._pieces = [answers[n : n + 1] for n in range(len(answers))] if slowly else [answers]
        self._pause = 1.0 if slowly else 0.0
        self._pings = pings
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self.accepted = 0

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                end, _ = self._listener.accept()
                self.accepted += 1
                self._threads.append(threading.Thread(target=self._serve, args=(end,)))
                self._threads[-1].start()

    def _serve(self, end: socket.socket) -> None:
        with end, suppress(OSError):
            for piece in self._pieces:
                end.sendall(piece)
                self._stop.wait(self._pause)
            while not self._stop.wait(0.2):
                if self._pings:
                    end.sendall(PINGRESP)


LONG = LinkTimeouts(handshake=3_600.0, silence=3_600.0)
"""So that only what is tested can end the link."""
SHORT_HANDSHAKE = LinkTimeouts(handshake=0.4, silence=3_600.0)


@pytest.mark.parametrize(
    ("what", "answers", "limits", "how"),
    [
        ("says nothing", b"", SHORT_HANDSHAKE, Ending.LATE),
        ("lives, and grants nothing", CONNACK, SHORT_HANDSHAKE, Ending.LATE),
        ("is slow", CONNACK + SUBACK, SHORT_HANDSHAKE, Ending.LATE),
        ("lives, and passes nothing on", CONNACK + SUBACK, LinkTimeouts(3_600.0, silence=0.4), Ending.SILENT),
        ("says no more", CONNACK + SUBACK, LONG, Ending.LOST),
        ("claims 268 MB", CONNACK + bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F]) + b"x" * 99, LONG, Ending.OVERSIZE),
        ("claims 270 kB", CONNACK + bytes([0x30, 0xB0, 0xBD, 0x10]) + b"x" * 99, LONG, Ending.OVERSIZE),
        ("claims a length of five bytes", CONNACK + b"\x30" + b"\xff" * 5, LONG, Ending.LOST),
        ("speaks HTTP", b"HTTP/1.1 200 OK\r\n\r\n" * 3, LONG, Ending.REFUSED),
        ("refuses", bytes([0x20, 3, 0, 0x87, 0]), LONG, Ending.REFUSED),
    ],
)
def test_a_broker_that_keeps_a_gate_waiting_is_left_and_tried_again(
    tmp_path: Path, what: str, answers: bytes, limits: LinkTimeouts, how: Ending
) -> None:
    """FAULTS 33. Each limit alone: without it nothing here would end the link."""
    port = free_port()
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", port)
    with (
        world.journal() as journal,
        LyingBroker(port, answers, pings="lives" in what, slowly=what == "is slow") as liar,
        world.agent(limits=limits) as agent,
    ):
        append(journal)
        soon(lambda: agent._link.last is not None, meanwhile=agent.poll)
        assert ended(agent) is how, agent._link.last
        soon(lambda: liar.accepted >= 2, meanwhile=agent.poll)


@pytest.mark.parametrize("weather", [Weather.DEAF, Weather.SLOW, Weather.LOSSY, Weather.DOWN])
def test_in_bad_weather_nothing_is_lost_and_after_it_all_is_well(
    world: World, broker: Mosquitto, weather: Weather
) -> None:
    """A link that is half there is ended by this end, in bounded time."""
    with (
        Proxy(broker.port) as network,
        world.journal() as journal,
        world.central(),
        closing(Agent(load_configuration(world.sync_file(port=network.port)))) as agent,
    ):
        told = append(journal, 10)
        soon(drained(agent), meanwhile=agent.poll)
        network.weather = weather
        told += append(journal, 150)
        if weather is Weather.LOSSY:
            soon(drained(agent), meanwhile=agent.poll)
        else:
            if weather is Weather.DOWN:
                network.cut()
            soon(lambda: agent._link.state is not LinkState.READY, meanwhile=agent.poll)
            assert ended(agent) is Ending.LOST
        network.weather = Weather.FAIR
        network.cut() if weather is Weather.SLOW else None
        soon(drained(agent), meanwhile=agent.poll)
    assert world.stored() == told


# --- two with one identity ---------------------------------------------------------------------------


def test_two_with_one_identity_throw_each_other_out_ever_more_seldom_and_all_say_so(world: World) -> None:
    """FAULTS 47: two cards with one certificate, over a real broker."""
    with (
        world.journal() as journal,
        world.journal("copy"),
        world.central(),
        world.agent() as agent,
        world.agent(name="copy") as copy,
        capture_logs() as logs,
    ):
        append(journal, 5)
        soon(drained(agent), meanwhile=agent.poll)
        both = (agent, copy)

        def poll() -> None:
            for one in both:
                one.poll(0.05)

        def said() -> list[Any]:
            return [line for line in logs if line["event"] == "session_taken_over"]

        soon(lambda: len(said()) >= 2, meanwhile=poll)
        soon(lambda: all(one._link.contested for one in both), meanwhile=poll)
        soon(lambda: [item.kind for item in world.findings()] == [FindingKind.SHARED], meanwhile=poll)
        assert {line["client"] for line in said()} == {DEVICE}
        assert "enrol" in said()[0]["why"]
        assert all(line["pause"] >= 2.5 for line in said())
        assert all("session_taken_over" in one._current_health().alarms for one in both)
        assert [line["device"] for line in logs if line["event"] == "identity_shared"] == [DEVICE]
