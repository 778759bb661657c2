"""A real gate with its console: simulated pins, a played camera, a signed registry of a small site, a real
journal; the console over the real socket, served on a free port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import numpy as np
from msgspec.structs import replace

from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site
from edge.boards.files import load_board
from edge.boards.format import Board, InputName, OutputName
from edge.configuration import ConsoleSection, GateConfiguration, StaffSection, load_configuration
from edge.console.app import console_app
from edge.console.gate_link import GateLink
from edge.console.limiting import BrowserRates
from edge.console.pages import ALL_PAGES
from edge.console.routes import ConsolePages
from edge.console.running import wall
from edge.console.services import ConsoleServices, services_for
from edge.decision import Status, StatusRecord, Subject
from edge.devices.pins import PinFactory
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.gate import run_gate
from edge.journal.format import Entry
from edge.journal.reader import JournalReader
from edge.lane.configuration import LaneDirection
from edge.liveness import LivenessReading
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.staff.core.roles import StaffRole
from edge.staff.hashing import Pins
from edge.staff.store import open_staff_store
from edge.staff.stored import StaffAccount, StoredSession
from edge.support.storage import REAL_STORAGE
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from edge.vision.reports import Blur, Box, CodeSighting, FaceSighting, Report, Sighting
from edge.web.server import ListenAddress, PageServer
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT, pause, soon

OURS = {"sec-fetch-site": "same-origin"}
"""What a browser says of a request from a page of the console."""
ENGINE = ENGINE_NAMES[FaceEngineName.SFACE]
GENEROUS = BrowserRates(("100000/second",), ("100000/second",), 1000)
"""Tests ask faster than people."""
SITE, GATE = "green-court", "main"


@dataclass(frozen=True)
class Member:
    """Somebody of the staff, with the PIN that they know."""

    staff: str
    name: str
    role: StaffRole
    pin: str
    registrar: bool = False


GUARD = Member("wang", "Wang Jianguo", StaffRole.GUARD, "806942")
RELIEF = Member("zhao", "Zhao Min", StaffRole.GUARD, "927461")
REGISTRAR = Member("sun", "Sun Lei", StaffRole.GUARD, "638205", registrar=True)
MANAGER = Member("li", "Li Fang", StaffRole.MANAGER, "517283")
INSTALLER = Member("chen", "Chen Bo", StaffRole.INSTALLER, "264907")
STAFF = (GUARD, RELIEF, REGISTRAR, MANAGER, INSTALLER)
SPARE = tuple(
    Member(f"spare-{number}", f"Spare {number}", StaffRole.GUARD, f"73918{number}") for number in range(8)
)
"""Guards of whom one test each may make what it likes."""
MEMBERS: dict[str, Member] = {
    "guard": GUARD,
    "registrar": REGISTRAR,
    "manager": MANAGER,
    "installer": INSTALLER,
}
"""One of each kind."""


@dataclass(frozen=True)
class Person:
    """Somebody who lives there; the number is that of their face."""

    id: str
    name: str
    address: str
    status: Status
    face: int


PEOPLE = (
    Person("xu", "Xu Wenjing", "12-1-803", Status.GREEN, 1),
    Person("zhou", "Zhou Ting", "3-1-203", Status.YELLOW, 2),
    Person("wei", "Wei Gang", "5-1-102", Status.RED, 3),
    Person("liu", "Liu Fang", "6-3-502", Status.GREEN, 4),
    Person("html", '<b onmouseover="alert(1)">Eve</b>', "1-1-1", Status.GREEN, 5),
)
"""The site: two who may pass, one to whom staff must look, one who may not, and a name that is none."""


class PlayedCamera:
    """The vision of a gate, played by a test: it reports what somebody shows."""

    def __init__(self) -> None:
        self._deliver: Callable[[Report], None] = lambda _: None
        self.previews: list[Blur] = []

    @property
    def working(self) -> bool:
        return True

    def start(self, deliver: Callable[[Report], None]) -> None:
        self._deliver = deliver

    def enrol(self) -> None:
        return

    def preview(self, blur: Blur, /) -> None:
        self.previews.append(blur)

    def stop(self) -> None:
        self._deliver = lambda _: None

    def report(self, report: Report) -> None:
        self._deliver(report)


def face_of(number: int, alike: float = 1.0) -> np.ndarray:
    """The template of a face, or of what is so `alike` to it."""
    values = np.random.default_rng(number).normal(size=128)
    face = values / np.linalg.norm(values)
    noise = np.random.default_rng(1000 + number).normal(size=128)
    noise -= (noise @ face) * face
    seen = alike * face + (1.0 - alike**2) ** 0.5 * noise / np.linalg.norm(noise)
    return np.asarray(seen, np.float32)


@dataclass
class StaffedGate:
    """The gate and its console at `address`; `heard` is all that the gate's main loop says."""

    admin: SiteAdmin
    configuration: GateConfiguration
    camera: PlayedCamera
    pins: PinFactory
    board: Board
    socket: Path
    heard: list[Heard] = field(default_factory=list)
    address: str = ""
    services: ConsoleServices | None = None
    _opened: ExitStack = field(default_factory=ExitStack)
    _frame: int = 0

    # --- what happens before the gate ----------------------------------------------------------

    def pass_of(self, person: str) -> str:
        """A pass of somebody who lives there, as the text of its code."""
        return issue_pass(self.admin, PassRequest(person), datetime.now(UTC)).text

    def show(self, *codes: str, face: int | None = None, seconds: float = 1.0, alike: float = 1.0) -> None:
        """Somebody shows codes and a face, so `alike` to what it was, to the camera for a while; the gate has
        taken up all that was seen.
        """
        for _ in range(max(1, round(seconds / 0.1))):
            self._see(codes, face, alike)
            pause(0.1)
        soon(lambda: self._frame in self._taken_up(), "the gate has seen it")

    def leave(self) -> None:
        """Nobody is before the camera any more."""
        for _ in range(3):
            self._see((), None)
            pause(0.1)

    def press_button(self) -> None:
        """Somebody presses the wired button, for as long as a finger does."""
        drive(self.board, self.pins, InputName.OVERRIDE, active=True)
        pause(0.15)
        drive(self.board, self.pins, InputName.OVERRIDE, active=False)

    @property
    def relay_is_on(self) -> bool:
        """Whether the relay that opens the barrier is on."""
        return is_active(self.board, self.pins, OutputName.RELAY_OPEN)

    # --- what it wrote -------------------------------------------------------------------------

    def journal(self, *kinds: str) -> list[Entry]:
        """The events of these kinds (none: all), oldest first."""
        with closing(JournalReader(self.configuration.journal.path)) as reader:
            return [entry for entry in reader.every() if not kinds or entry.kind in kinds]

    def wait_for(self, kind: str, more_than: int = 0) -> Entry:
        """The newest event of a kind, once there are more than so many."""
        soon(lambda: len(self.journal(kind)) > more_than, f"{kind} in the journal")
        return self.journal(kind)[-1]

    def rests(self) -> None:
        """Wait until the barrier is closed behind whom earlier tests let in: whom it stands open for already
        is in no `lane_opened`.
        """

        def moves() -> list[str]:
            return [entry.kind for entry in self.journal("lane_opened", "lane_closed")]

        soon(lambda: moves()[-1:] in ([], ["lane_closed"]), "a barrier at rest")

    def publish(self) -> None:
        """Have the site's folder, as it is now, be what the gate decides by. A gate installs by itself too,
        soon after it has started: what counts is the version.
        """
        version = self.admin.build(datetime.now(UTC), REGISTRY_LIFETIME).version
        soon(
            lambda: any(entry.content["version"] == version for entry in self.journal("registry_installed")),
            "the registry that was just built",
        )

    # --- the staff -----------------------------------------------------------------------------

    def client(self, member: Member | None = GUARD) -> httpx.Client:
        """A client that is signed in as somebody (None: nobody). It follows no redirect, and says of each
        request that it comes from a page of the console.
        """
        base, cookies = self.address, cookies_of(member)
        made = httpx.Client(
            base_url=base, headers=OURS, cookies=cookies, timeout=PATIENT, verify=NO_TLS, trust_env=False
        )
        return self._opened.enter_context(made)

    def page(
        self, browser: Any, member: Member | None = GUARD, *, language: str = "en", **context: Any
    ) -> Any:
        """A page in Chromium, signed in likewise; `context` as Playwright's `new_context` takes it."""
        locale = "zh-CN" if language == "zh" else "en"
        opened = browser.new_context(base_url=self.address, **{"locale": locale, **context})
        self._opened.callback(opened.close)
        cookies = cookies_of(member)
        opened.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        return opened.new_page()

    # --- inside --------------------------------------------------------------------------------

    def _taken_up(self) -> set[int]:
        """The newest frames of which the gate's main loop has heard."""
        return {item.frame for item in self.heard[-100:] if isinstance(item, Sighting)}

    def _see(self, codes: tuple[str, ...], face: int | None, alike: float = 1.0) -> None:
        self._frame += 1
        faces = () if face is None else (self._seen(face, alike),)
        shown = tuple(CodeSighting(text, len(text)) for text in codes)
        self.camera.report(
            Sighting(self._frame, Machine().time.monotonic(), "camera", 640, 480, faces, shown)
        )

    def _seen(self, face: int, alike: float) -> FaceSighting:
        return FaceSighting(
            track=face,
            box=Box(260, 100, 120, 150),
            confidence=0.9,
            landmarks=((float(self._frame), float(face)),),  # no two frames are alike
            quality=0.9,
            engine=ENGINE,
            template=face_of(face, alike).tobytes(),
            liveness=LivenessReading(0.9),
        )


def found_site(folder: Path, now: datetime) -> SiteAdmin:
    """The small site: its keys, its people, its registry."""
    admin = init_site(
        folder, SiteFile(SITE, "Green Court", "Asia/Shanghai"), {GATE: LaneDirection.ENTRY}, now
    )
    for person in PEOPLE:
        record = StatusRecord(person.status, "office", "", "r", now - timedelta(days=9))
        subject = Subject(
            person.id, person.name, person.address, frozenset({"resident"}), record, language="en"
        )
        admin.store.add(subject, (face_of(person.face),), ENGINE)
    admin.build(now, REGISTRY_LIFETIME)
    return admin


def cookies_of(member: Member | None) -> dict[str, str]:
    """The cookies of somebody's session, which `hire` made: a gate lets few PINs be tried a second."""
    return {} if member is None else {"gatepost": f"session-of-{member.staff}".encode().hex()}


@cache
def _hashed(pin: str) -> str:
    return Pins(np.random.default_rng(1).bytes).hash(pin)


def hire(file: Path, members: tuple[Member, ...]) -> None:
    """Make the accounts, as the manager would: each has chosen their own PIN already, and is signed in."""
    with closing(open_staff_store(file, REAL_STORAGE)) as store:
        store.sign_out_after_copy()  # it is on its own card
        for member in members:
            account = StaffAccount(
                member.staff,
                member.name,
                member.role,
                member.registrar,
                _hashed(member.pin),
                must_change=False,
                duress=None,
                wrong=0,
                locked=0.0,
            )
            assert store.add(account)
            digest = sha256(cookies_of(member)["gatepost"].encode()).digest()
            store.keep_session(StoredSession(digest, member.staff, "127.0.0.1", 12 * 3600.0, duress=False))


@contextmanager
def gate_at_work(
    folder: Path, members: tuple[Member, ...] = (), *, origin: str = "", **changes: Any
) -> Iterator[StaffedGate]:
    """A gate of the small site that runs, without a console; `changes` are of its gate.toml."""
    admin = found_site(folder / "site", datetime.now(UTC))
    file, socket = folder / "staff.db", folder / "staff.sock"
    hire(file, members or (*STAFF, *SPARE))
    read = load_configuration(admin.folder / "gates" / GATE / "gate.toml")
    configuration = replace(read, staff=StaffSection(file, socket, origin), **changes)
    camera, pins, stop = PlayedCamera(), simulated_pins(), Event()
    board = load_board(configuration.lane.board)
    made = StaffedGate(admin, configuration, camera, pins, board, socket)
    machine = Machine(pins=pins, vision=lambda _task: camera)
    thread = Thread(
        target=run_gate,
        args=(configuration, stop, machine),
        kwargs={"listener": made.heard.append},
        name="gate",
        daemon=True,
    )
    thread.start()
    try:
        soon(socket.exists, "the gate answers its console")
        yield made
    finally:
        stop.set()
        thread.join(PATIENT)
        assert not thread.is_alive(), "the gate stops when asked"


@contextmanager
def console_of(
    gate: StaffedGate,
    settings: ConsoleSection | None = None,
    *,
    pages: Iterable[ConsolePages] = ALL_PAGES,
    bounds: BrowserRates = GENEROUS,
) -> Iterator[StaffedGate]:
    """The gate with its console, served in a thread of this process; afterwards with the one before."""
    before = gate.address, gate.services, gate._opened
    section = settings or ConsoleSection(listen="http://127.0.0.1:0", language="en")
    with ExitStack() as opened:
        link = opened.enter_context(closing(GateLink(gate.socket)))
        services = services_for(link, wall, section, "East gate, in", None)
        opened.enter_context(closing(services.watchers))
        app = console_app(services, pages=pages, bounds=bounds)
        address = ListenAddress(section.host, section.port, "[console] listen")
        server = opened.enter_context(PageServer(app, address, services.pulse))
        gate.address, gate.services = server.address, services
        gate._opened = opened.enter_context(ExitStack())
        client = gate.client()
        soon(lambda: client.get("/own").status_code == 200, "the gate knows its staff's sessions")
        try:
            yield gate
        finally:
            gate.address, gate.services, gate._opened = before
