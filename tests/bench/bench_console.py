"""A console at a gate: from an act to the relay, and what five tablets, a flood of the gate's socket and one
of the console's pages cost a decision and the wired button. Each case is measured in turn with the others:
what else the machine does is in all of them.

python -m tests.bench.bench_console [TIMES]
python -m tests.bench.bench_console tablets [TIMES]   only five tablets beside none; people leave quickly
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from queue import Queue
from random import Random

from msgspec.structs import replace as altered

from edge.boards.format import InputName, OutputName
from edge.devices.clock import TimeSource
from edge.devices.simulated import drive
from edge.encounter import Patience
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.staff.core.roles import StaffRole
from edge.staff.protocol import MOST_BYTES, Message, Request, encoded
from edge.staff.protocol.acts import LetIn
from edge.staff.protocol.sessions import Alive, Ping, SignedIn, SignIn
from edge.staff.protocol.watching import Topic, Watch
from edge.support.packet_server import PacketServer
from edge.support.tasks import in_thread
from edge.vision.reports import MOST_JPEG_BYTES, MOST_PREVIEWS_A_SECOND
from tests.edge.alone import BOARD
from tests.edge.console.flooding import A_SECOND, console_process, flooded
from tests.edge.console.looking import looked_at
from tests.edge.staff.answers import answer_of
from tests.edge.staff.staffed import PIN, Staffed
from tests.edge.vision.reported import PREVIEW
from tests.simulation.plan import Town
from tests.simulation.site import found_site, true_time
from tests.simulation.wires import WatchedPins
from tests.waiting import pause, soon

RELAY = BOARD.outputs[OutputName.RELAY_OPEN].pin
HERE = "127.0.0.1"
"""Where all come from: a session is of one address."""
QUICKLY = 0.3
"""Seconds after which somebody who is not seen has left, where many decisions are to be had in minutes."""


class Bench:
    """A gate as its daemon runs it, and when its relay went on."""

    def __init__(self, folder: Path, people: int, patience: Patience) -> None:
        self.here = Staffed(folder / "gate", found_site(7, Town(people=people)))
        self.here.configuration = altered(self.here.configuration, encounter=patience)
        self.gone = patience.gone_after + 0.2
        self.here.add("wang")
        self.here.add("fitter", StaffRole.INSTALLER)
        self.relay: Queue[float] = Queue()
        self.decided: Queue[float] = Queue()
        self.session = self.fitter = ""
        self.people = (subject.id for subject in self.here.site.subjects)
        self.pins = WatchedPins(
            lambda pin, on: self.relay.put(time.monotonic()) if on and pin == RELAY else None
        )
        began = time.monotonic()
        clocks = TimeSource(lambda: true_time(time.monotonic() - began), lambda: True)
        real = {"time": clocks, "runner": in_thread, "serve_packets": PacketServer}
        self.here.machine = replace(self.here.machine, **real, pins=self.pins, read_every=0.1, look_every=1.0)  # type: ignore[arg-type]

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
            made.connect(str(self.here.folder / "staff.sock"))
            made.settimeout(30.0)

            def ask(body: Message) -> bytes:
                made.send(encoded(Request(body, session or self.session, HERE)))  # type: ignore[arg-type]
                return made.recv(MOST_BYTES)

            yield ask

    def ask(self, body: Message) -> object:
        with suppress(OSError), self.asking() as ask:
            return answer_of(ask(body))
        return None

    def override(self, number: int) -> float:
        """Milliseconds from sending an act to the relay."""
        self.wait_until_closed()
        with self.asking() as ask:
            began = time.monotonic()
            ask(LetIn(f"{number:016x}", "papers_seen"))
            took = self.relay.get(timeout=30.0) - began
        return 1000.0 * took

    def wait_until_closed(self) -> None:
        """Whoever was let in before has gone: what opens the barrier now is what is asked next."""
        kinds = ("lane_opened", "lane_closed", "gate_started")
        soon(lambda: self.here.events(*kinds)[-1].kind != "lane_opened")
        while not self.relay.empty():
            self.relay.get()

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
        for _ in range(2):
            self.here.see(altered(self.here._sighting("", "", looks), captured=time.monotonic()))
            pause(self.gone / 2)
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

    def button(self) -> float:
        """Milliseconds from a press of the wired button to the relay, with the barrier closed."""
        self.wait_until_closed()
        began = time.monotonic()
        drive(BOARD, self.pins, InputName.OVERRIDE, active=True)
        took = self.relay.get(timeout=30.0) - began
        pause(0.2)
        drive(BOARD, self.pins, InputName.OVERRIDE, active=False)
        return 1000.0 * took

    @contextmanager
    def looked_through(self, count: int) -> Iterator[list[int]]:
        """So many watch what the camera sees, which films."""
        with self.filming(), self.others(lambda _: Watch((Topic.AIM,)), count, self.fitter) as asked:
            yield asked

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


NOBODY = "nobody looks"
_ALWAYS = (NOBODY, "five watch")
_SELDOM = 6
"""Of so many rounds one has the other cases as well: a barrier has to close before it can be opened."""
_TURN = 20
"""Decisions with tablets, or without, before it is the others' turn."""


def told(what: str, values: list[float], beside: list[float] | None = None) -> None:
    """Print how long it took, and what that is of what it took `beside` it."""
    line = f"{what:<44}"
    for share in (0.5, 0.95, 0.99):
        took = _reached(values, share)
        line += f" p{100 * share:.0f} {took:6.1f} ms"
        if beside:
            line += f" ({100.0 * (took / _reached(beside, share) - 1.0):+5.1f} %)"
    print(f"{line} most {max(values):6.1f} ms", flush=True)


def _reached(values: list[float], share: float) -> float:
    """What this share of the times took at most."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def decisions(bench: Bench, times: int, console: str) -> None:
    """Measure and print only what five tablets cost a decision: by turns, of many people."""
    took: dict[str, list[float]] = {NOBODY: [], "five tablets": []}
    brought = 0
    for turn in range(0, times, _TURN):
        for name, values in took.items():
            with nullcontext([0]) if name == NOBODY else looked_at(console, bench.session, 5) as told_of:
                values.extend(bench.decision(turn + number) for number in range(_TURN))
            brought += told_of[0]
        print(f"{turn + _TURN} of {times}", file=sys.stderr, flush=True)
    report("decision", took)
    print(f"the tablets were brought {brought} changes")


def everything(bench: Bench, times: int, console: str) -> None:
    """Measure and print all cases."""
    pages = Counter[int]()
    cases: dict[str, Callable[[], AbstractContextManager[object]]] = {
        NOBODY: nullcontext,
        "five watch": lambda: bench.others(lambda _: Watch((Topic.NOW,)), 5),
        "five watch the camera": lambda: bench.looked_through(5),
        "a flood": lambda: bench.others(lambda n: LetIn(f"{n:016x}", "no reason"), 8),
        "pages flooded by nobody known": lambda: flooded(console, "", pages),
        "pages flooded by a guard": lambda: flooded(console, bench.session, pages),
    }
    decided: dict[str, list[float]] = {name: [] for name in cases}
    pressed: dict[str, list[float]] = {name: [] for name in cases}
    acted: list[float] = []
    asked, flooded_for = 0, 0.0
    for number in range(times):
        for name, case in cases.items():
            if number % _SELDOM and name not in _ALWAYS:
                continue
            began = time.monotonic()
            with case() as counts:
                decided[name].append(bench.decision(number))
                if not number % _SELDOM:
                    pressed[name].append(bench.button())
            if isinstance(counts, list) and name == "a flood":
                asked, flooded_for = asked + sum(counts), flooded_for + time.monotonic() - began
        if not number % _SELDOM:
            acted.append(bench.override(number))
    report("decision", decided)
    report("wired button to relay", pressed)
    told("act to relay", acted)
    print(f"the flood was answered {asked / flooded_for:.0f} times a second")
    print(f"the console was asked {A_SECOND} times a second at most, and answered {dict(pages)}")


def report(what: str, took: dict[str, list[float]]) -> None:
    """Print each case beside the one in which nobody looks."""
    for name, values in took.items():
        told(f"{what}, {name}", values, took[NOBODY] if name != NOBODY else None)


def main() -> int:
    only, given = "tablets" in sys.argv[1:], [int(word) for word in sys.argv[1:] if word.isdigit()]
    times = given[0] if given else (200 if only else 20)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as held:
        patience = Patience(gone_after=QUICKLY) if only else Patience()
        bench = Bench(Path(scratch), 6 * times, patience)
        held.enter_context(bench.at_work())
        console = held.enter_context(console_process(bench.here.toml))
        (decisions if only else everything)(bench, times, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
