"""The console killed, flooded, taken over (fault 49): no act beyond its user's role; the lane never notices.

A real gate in its own threads, and a real socket.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.boards.format import InputName, OutputName
from edge.devices.clock import TimeSource
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.gate import run_gate
from edge.staff.core.roles import StaffRole
from edge.staff.protocol import MOST_BYTES, Message, Refused, Request, encoded
from edge.staff.protocol.accounts import AddStaff
from edge.staff.protocol.acts import LetIn, Taken
from edge.staff.protocol.sessions import Alive, Ping, SignedIn, SignIn
from edge.staff.protocol.watching import Topic, Watch
from edge.support.packet_server import PacketServer
from edge.support.tasks import in_thread
from tests.edge.alone import BOARD
from tests.edge.staff.answers import answer_of
from tests.edge.staff.protocol_page import requests
from tests.edge.staff.staffed import PIN, Staffed, is_refused
from tests.examples import tried
from tests.simulation.site import Site
from tests.waiting import PATIENT, soon

KEY = "0123456789abcdef"


class Console:
    """A process that asks a gate, well or badly."""

    def __init__(self, here: Staffed) -> None:
        self.place = here.folder / "staff.sock"

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as made:
            made.connect(str(self.place))  # with a time limit it would fail at once where others wait
            made.settimeout(PATIENT)
            yield made

    def send(self, packet: bytes) -> Any:
        """The answer to a packet; None where the gate ended the connection."""
        with self.connected() as made:
            made.send(packet)
            try:
                said = made.recv(MOST_BYTES)
            except ConnectionResetError:
                return None
            return answer_of(said) if said else None

    def ask(self, body: Message, session: str = "") -> Any:
        return self.send(encoded(Request(body, session, "tablet")))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Staffed]:
    """A gate that runs as its daemon does: threads, clock and socket are real, its pins simulated."""
    here = Staffed(tmp_path_factory.mktemp("console") / "gate", site)
    here.add("wang")
    here.machine = replace(
        here.machine,
        time=TimeSource(),
        runner=in_thread,
        serve_packets=PacketServer,
        pins=simulated_pins(),
        read_every=0.1,
        look_every=1.0,
    )
    stop, ready = threading.Event(), threading.Event()
    gate = threading.Thread(
        target=run_gate,
        args=(here.configuration, stop, here.machine),
        kwargs={"listener": lambda _: ready.set()},
    )
    gate.start()
    try:
        assert ready.wait(PATIENT)
        soon(Console(here).place.exists, "the staff's side begins once the gate is ready")
        soon(lambda: isinstance(Console(here).ask(Ping()), Alive))
        yield here
    finally:
        stop.set()
        gate.join()


@pytest.fixture
def console(running: Staffed) -> Console:
    return Console(running)


@pytest.fixture(scope="module")
def session(running: Staffed) -> str:
    answer = Console(running).ask(SignIn("wang", PIN))
    assert isinstance(answer, SignedIn)
    return answer.session


def acts(here: Staffed) -> int:
    return len(here.events("staff_act_taken"))


def pressed(here: Staffed) -> bool:
    """Whether a press of the wired button is heard, and opens."""
    pins, presses = here.machine.pins, len(here.events("lane_override"))
    assert pins is not None
    drive(BOARD, pins, InputName.OVERRIDE, active=True)
    soon(lambda: len(here.events("lane_override")) == presses + 1)
    drive(BOARD, pins, InputName.OVERRIDE, active=False)
    return is_active(BOARD, pins, OutputName.RELAY_OPEN)


# --- noise ---------------------------------------------------------------------------------

_GOOD = [
    encoded(Request(Ping())),
    encoded(Request(SignIn("wang", PIN), "", "tablet")),
    encoded(Request(LetIn(KEY, "papers_seen", "", 4), "00" * 32, "tablet")),
    encoded(Request(Watch((Topic.NOW, Topic.SCREEN), 7, 1, 0.0), "00" * 32, "tablet")),
]


@st.composite
def _spoilt(draw: st.DrawFn) -> bytes:
    """A request that was cut, lengthened, or of which some bytes are others."""
    packet = bytearray(draw(st.sampled_from(_GOOD)))
    for _ in range(draw(st.integers(0, 4))):
        packet[draw(st.integers(0, len(packet) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(1, len(packet)))
    return bytes(packet[:cut]) + draw(st.binary(max_size=8))


@settings(max_examples=tried(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(min_size=1, max_size=300), _spoilt()))
def test_noise_is_answered_as_noise_and_opens_nothing(running: Staffed, packet: bytes) -> None:
    before = acts(running)
    with Console(running).connected() as made:
        made.send(packet)
        said = answer_of(made.recv(MOST_BYTES))
    refused = isinstance(said, Refused) and said.why in {
        "unreadable",
        "not_signed_in",
        "wrong",
        "locked_out",
        "busy",
    }
    assert refused or isinstance(said, Alive | SignedIn), said
    assert acts(running) == before


def test_a_packet_that_is_too_long_ends_its_connection_and_no_other(console: Console) -> None:
    with console.connected() as good:
        assert console.send(b"x" * (MOST_BYTES + 1)) is None
        deep = b"\x91" * (MOST_BYTES - 1) + b"\x01"
        assert is_refused(console.send(deep), "unreadable")
        good.send(encoded(Request(Ping())))
        assert isinstance(answer_of(good.recv(MOST_BYTES)), Alive)


# --- taken over ----------------------------------------------------------------------------


def test_what_anybody_may_ask_is_a_short_list() -> None:
    public = {message.__name__ for message, handled in requests().items() if handled.right is None}
    assert public == {"Ping", "SignIn", "SignOut", "AskPasskey", "SignInByPasskey", "ChooseLanguage"}


def test_a_console_that_was_taken_over_does_what_its_user_may_and_nothing_else(
    running: Staffed, console: Console, session: str
) -> None:
    boss, before = AddStaff("boss", "Boss", StaffRole.MANAGER), acts(running)
    assert is_refused(console.ask(boss, session), "not_your_role")
    for guess in ("", "00" * 32, session[:-2] + "00", session + "00", session.upper()):
        assert is_refused(console.ask(LetIn(KEY, "papers_seen"), guess), "not_signed_in"), guess
    assert acts(running) == before


# --- killed, and flooded -------------------------------------------------------------------


def test_a_console_that_dies_at_once_has_asked_once(running: Staffed, console: Console, session: str) -> None:
    before = acts(running)
    for _ in range(2):
        with console.connected() as made:
            made.send(encoded(Request(LetIn("aa" * 8, "papers_seen"), session, "tablet")))
    soon(lambda: acts(running) == before + 1)
    taken = console.ask(LetIn("aa" * 8, "papers_seen"), session)
    assert isinstance(taken, Taken)
    assert taken.again
    assert acts(running) == before + 1


def test_a_flood_of_requests_keeps_neither_the_button_nor_staff_from_opening(
    running: Staffed, console: Console, session: str
) -> None:
    over, sent = threading.Event(), [0]

    def flood() -> None:
        with suppress(OSError), console.connected() as made:
            while not over.is_set():
                made.send(encoded(Request(LetIn("bb" * 8, "no reason"), session, "tablet")))
                made.recv(MOST_BYTES)
                sent[0] += 1

    floods = [threading.Thread(target=flood) for _ in range(4)]
    for one in floods:
        one.start()
    try:
        soon(lambda: sent[0] > 50)
        assert isinstance(console.ask(LetIn("cc" * 8, "papers_seen"), session), Taken)
        assert pressed(running)
        assert len(running.said("staff_act_refused")) <= 2, "told once a minute"
    finally:
        over.set()
        for one in floods:
            one.join()
