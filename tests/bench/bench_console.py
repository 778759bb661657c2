"""A console at a gate: from an act to the relay, and what five tablets and a flood cost a decision.

python tests/bench/bench_console.py [TIMES]
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import Queue
from random import Random

from msgspec.structs import replace as altered

from edge.boards.format import OutputName
from edge.devices.clock import TimeSource
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.staff.core.roles import Role
from edge.staff.protocol import MOST_BYTES, Message, Request, encoded
from edge.staff.protocol.acts import LetIn
from edge.staff.protocol.sessions import Alive, Ping, SignedIn, SignIn
from edge.staff.protocol.watching import Topic, Watch
from edge.support.packet_server import PacketServer
from edge.support.tasks import in_thread
from edge.vision.reports import MOST_JPEG_BYTES, MOST_PREVIEWS_A_SECOND
from tests.edge.alone import BOARD, IMPULSE
from tests.edge.staff.answers import answer_of
from tests.edge.staff.staffed import PIN, Staffed
from tests.edge.vision.reported import PREVIEW
from tests.simulation.plan import Town
from tests.simulation.site import found_site, true_time
from tests.simulation.wires import WatchedPins
from tests.waiting import pause, soon

RELAY = BOARD.outputs[OutputName.RELAY_OPEN].pin
GONE = 2.2
"""Seconds after which a person has left, and the next is another."""


class Bench:
    """A gate as its daemon runs it, and when its relay went on."""

    def __init__(self, folder: Path, people: int) -> None:
        self.here = Staffed(folder / "gate", found_site(7, Town(people=people)))
        self.here.add("wang")
        self.here.add("fitter", Role.INSTALLER)
        self.relay: Queue[float] = Queue()
        self.decided: Queue[float] = Queue()
        self.session = self.fitter = ""
        self.people = (subject.id for subject in self.here.site.subjects)
        pins = WatchedPins(lambda pin, on: self.relay.put(time.monotonic()) if on and pin == RELAY else None)
        began = time.monotonic()
        clocks = TimeSource(lambda: true_time(time.monotonic() - began), lambda: True)
        real = {"time": clocks, "runner": in_thread, "serve_packets": PacketServer}
        self.here.machine = replace(self.here.machine, **real, pins=pins, read_every=0.1, look_every=1.0)  # type: ignore[arg-type]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        stop = threading.Event()
        arguments = (self.here.configuration, stop, self.here.machine)
        self.here.publish(self.here.site.subjects)
        gate = threading.Thread(target=run_gate, args=arguments, kwargs={"listener": self.hear})
        gate.start()
        try:
            soon(lambda: isinstance(self.ask(Ping()), Alive))
            soon(lambda: self.here.events("registry_installed"))
            self.session, self.fitter = self.signed_in("wang"), self.signed_in("fitter")
            yield
        finally:
            stop.set()
            gate.join()

    def signed_in(self, staff: str) -> str:
        """The secret of somebody's session."""
        answer = self.ask(SignIn(staff, PIN))
        assert isinstance(answer, SignedIn)
        return answer.session

    def hear(self, heard: object) -> None:
        if isinstance(heard, AccessEvent):
            self.decided.put(time.monotonic())

    @contextmanager
    def asking(self, session: str = "") -> Iterator[Callable[[Message], bytes]]:
        """One connection, as a console holds them, for the guard unless it is another's `session`."""
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as made:
            made.settimeout(30.0)
            made.connect(str(self.here.folder / "staff.sock"))

            def ask(body: Message) -> bytes:
                made.send(encoded(Request(body, session or self.session, "bench")))  # type: ignore[arg-type]
                return made.recv(MOST_BYTES)

            yield ask

    def ask(self, body: Message) -> object:
        with suppress(OSError), self.asking() as ask:
            return answer_of(ask(body))
        return None

    def override(self, number: int) -> float:
        """Milliseconds from sending an act to the relay."""
        while not self.relay.empty():
            self.relay.get()  # what a grant before has opened
        while not self.relay.empty():  # of those who were let in before
            self.relay.get()
        with self.asking() as ask:
            began = time.monotonic()
            ask(LetIn(f"{number:016x}", "papers_seen"))
            took = self.relay.get(timeout=30.0) - began
        pause(IMPULSE + 1.5)
        return 1000.0 * took

    def decision(self, number: int) -> float:
        """Milliseconds from the frame that settles an encounter to its decision."""
        person, looks = next(self.people), Random(number)
        for _ in range(4):
            sighting = self.here._sighting(person, "", looks)
            began = time.monotonic()
            self.here.see(altered(sighting, captured=began))
            pause(0.1)
            if not self.decided.empty():
                break
        took = self.decided.get(timeout=30.0) - began
        for _ in range(3):
            self.here.see(altered(self.here._sighting("", "", looks), captured=time.monotonic()))
            pause(GONE / 2)
        return 1000.0 * took

    @contextmanager
    def others(self, body: Callable[[int], Message], count: int, session: str = "") -> Iterator[list[int]]:
        """So many connections that ask without a pause; how often each did."""
        over, asked = threading.Event(), [0] * count

        def work(number: int) -> None:
            with suppress(OSError), self.asking(session) as ask:
                while not over.is_set():
                    ask(body(number))
                    asked[number] += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield asked
        finally:
            over.set()
            for thread in threads:
                thread.join()

    @contextmanager
    def filming(self) -> Iterator[None]:
        """The vision worker shows what it sees: five pictures a second, as large as they may be."""
        over = threading.Event()
        jpeg = b"\xff\xd8\xff" + bytes(MOST_JPEG_BYTES - 5) + b"\xff\xd9"

        def film() -> None:
            number = 0
            while not over.wait(1.0 / MOST_PREVIEWS_A_SECOND):
                number += 1
                self.here.see(altered(PREVIEW, frame=number, captured=time.monotonic(), jpeg=jpeg))

        thread = threading.Thread(target=film)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def told(what: str, values: list[float]) -> None:
    ordered = sorted(values)
    middle, high = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(f"{what:<46} p50 {middle:7.1f} ms   p95 {high:7.1f} ms   most {ordered[-1]:7.1f} ms")


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as held:
        bench = Bench(Path(scratch), 5 * times)
        held.enter_context(bench.at_work())
        told("act to relay", [bench.override(number) for number in range(times)])
        told("decision, nobody looks", [bench.decision(number) for number in range(times)])
        with bench.others(lambda _: Watch((Topic.NOW,)), 5):
            told("decision, five watch", [bench.decision(number) for number in range(times)])
            with bench.filming(), bench.others(lambda _: Watch((Topic.AIM,)), 5, bench.fitter):
                told("decision, five more watch the camera", [bench.decision(n) for n in range(times)])
            with bench.others(lambda number: LetIn(f"{number:016x}", "no reason"), 8) as asked:
                began = time.monotonic()
                told("decision, five watch and a flood", [bench.decision(number) for number in range(times)])
                pause(IMPULSE + 1.5)
                told("act to relay, five watch and a flood", [bench.override(1000 + n) for n in range(times)])
                print(f"the flood was answered {sum(asked) / (time.monotonic() - began):.0f} times a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
