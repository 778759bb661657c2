"""When systemd hears a sign of life of a process at either end, and when it does not.

The real loops, the real datagrams of sd_notify(3); nobody's clock is turned.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.support.notify import Notifier
from sync.agent.agent import Agent, run_agent
from sync.agent.configuration import load_configuration
from sync.central.configuration import load_configuration as load_central
from sync.central.service import run_central
from sync.dispatch.handler import BaseConversation, Handler, StatelessHandler
from tests.ports import free_port
from tests.sync.services import Mosquitto
from tests.sync.world import World, append
from tests.waiting import PATIENT, soon


class Systemd:
    """What a process reported to systemd since the last call."""

    def __init__(self, folder: Path) -> None:
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._channel.bind(str(folder / "notify"))
        self._channel.setblocking(False)
        self.notifier = Notifier({"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "60000000"})

    def heard(self) -> list[str]:
        said: list[str] = []
        while True:
            try:
                said.append(self._channel.recv(4096).decode())
            except BlockingIOError:
                return said

    def signs(self) -> list[str]:
        """The signs of life among it."""
        return [text for text in self.heard() if "WATCHDOG=1" in text]

    def close(self) -> None:
        self._channel.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


class Hanging(StatelessHandler):
    """A handler that hangs once `hang` is set, as a disk or a name service may."""

    def __init__(self) -> None:
        self.hang, self.hangs, self.go_on = threading.Event(), threading.Event(), threading.Event()

    def due_messages(self, now: float) -> tuple[()]:  # noqa: ARG002
        if self.hang.is_set() and not self.go_on.is_set():
            self.hangs.set()
            self.go_on.wait(60.0)
        return ()


Run = Callable[[World, threading.Event, Notifier, Handler], None]


def run_gate_end(world: World, stop: threading.Event, notifier: Notifier, handler: Handler) -> None:
    run_agent(load_configuration(world.sync_file()), stop, notifier=notifier, more=[handler])


def run_welcomed_gate_end(world: World, stop: threading.Event, notifier: Notifier, handler: Handler) -> None:
    """With a centre that welcomes it: until then nothing else is asked to speak."""
    with world.central():
        run_gate_end(world, stop, notifier, handler)


def run_central_end(world: World, stop: threading.Event, notifier: Notifier, handler: Handler) -> None:
    run_central(load_central(world.central_file()), stop, notifier=notifier, more=[handler])


@contextmanager
def running(run: Run, world: World, systemd: Systemd, handler: Handler) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(world, stop, systemd.notifier, handler))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("run", [run_welcomed_gate_end, run_central_end])
def test_a_process_that_hangs_gives_no_sign_of_life_though_its_other_threads_go_on(
    world: World, systemd: Systemd, run: Run
) -> None:
    handler = Hanging()
    with running(run, world, systemd, handler):
        soon(systemd.signs)
        handler.hang.set()
        assert handler.hangs.wait(PATIENT)
        systemd.heard()
        handler.go_on.wait(1.5)  # nobody sets it: as long as eight turns of the loop
        assert systemd.heard() == [], "whatever feeds it is not the loop"
        handler.go_on.set()
        soon(systemd.signs)


class Stuck(StatelessHandler):
    """A handler with work that it does not do, and cannot say why."""

    def __init__(self) -> None:
        self.stuck = threading.Event()

    def idle_reason(self) -> str | None:
        return None if self.stuck.is_set() else "it listens"


@pytest.mark.parametrize("run", [run_welcomed_gate_end, run_central_end])
def test_a_loop_that_polls_without_a_reason_to_wait_gives_no_sign_of_life_and_says_so(
    world: World, systemd: Systemd, run: Run
) -> None:
    handler = Stuck()
    with running(run, world, systemd, handler):
        soon(lambda: any("it listens" in sign for sign in systemd.signs()))
        handler.stuck.set()
        soon(lambda: any("no reason to wait" in text for text in systemd.heard()))
        systemd.heard()
        after: list[str] = []
        soon(lambda: len(after) >= 5, meanwhile=lambda: after.extend(systemd.heard()))
        assert not [text for text in after if "WATCHDOG=1" in text]
        handler.stuck.clear()
        soon(systemd.signs)


def test_a_gate_says_what_it_waits_for(world: World, systemd: Systemd, broker: Mosquitto) -> None:
    """No link, a broker without a centre, nothing to do: each is a reason, and each is fed."""
    with (
        world.journal() as journal,
        running(run_gate_end, world, systemd, StatelessHandler()),
    ):
        soon(lambda: any("an answer is due" in sign for sign in systemd.signs()))
        append(journal)
        with world.central():
            soon(lambda: any("central has every event" in sign for sign in systemd.signs()))
        broker.kill()
        soon(lambda: any("next try in" in sign for sign in systemd.signs()))


# --- what is no reason -------------------------------------------------------------------------------


class Early(BaseConversation):
    """A conversation that takes the other end for silent at once: what was wrong once."""

    def __init__(self, now: float) -> None:
        self._awaiting_since = now - 3_600.0

    @property
    def awaiting_since(self) -> float | None:
        return self._awaiting_since


class Forgetful:
    """The handler of it."""

    channels = StatelessHandler.channels

    def open_conversation(self, now: float) -> Early:
        return Early(now)


def test_a_link_that_was_given_up_before_its_time_is_no_reason_to_wait(world: World) -> None:
    """A link that is dropped in the poll in which it was made, for ever: systemd ends such a process."""
    agent = Agent(load_configuration(world.sync_file()), [Forgetful()])
    with world.journal(), world.central():
        assert agent.waiting_reason() is not None
        soon(lambda: agent._link.number >= 1, meanwhile=agent.poll)
        reasons: set[str | None] = set()

        def poll() -> None:
            agent.poll()
            reasons.add(agent.waiting_reason())

        soon(lambda: agent._link.number >= 3, meanwhile=poll)
        assert reasons == {None}
        agent.close()


def test_a_broker_that_is_away_is_a_reason_to_wait(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", free_port())
    with world.agent() as agent:
        soon(lambda: agent._link.attempts >= 2, meanwhile=agent.poll)
        assert "refused" in (agent.waiting_reason() or "")
