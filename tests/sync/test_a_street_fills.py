"""A street fills, warns, stops, empties and opens again: browser, centre, broker and gate, all real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from msgspec.structs import replace

from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import open_site_admin
from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.configuration import load_configuration
from edge.decision import Direction, Outcome, Reason, Status, StatusRecord, Subject
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.encounter import Patience
from edge.gate import run_gate
from edge.journal.format import (
    AccessDecided,
    EntriesReleased,
    Event,
    LanePassed,
    OccupancyReset,
    RegistryInstalled,
    understood,
)
from edge.journal.reader import JournalReader
from edge.runtime.machine import Machine
from edge.vision.reports import CodeSighting, Sighting
from sync.agent.agent import run_agent
from sync.agent.configuration import load_configuration as load_sync
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.configuration import CentralConsoleSection
from sync.central.configuration import load_configuration as load_central
from sync.central.demo.gates import DemoGate
from sync.central.devices.devices import enrol_device
from sync.central.entry_holds.core.telling import HoldStanding
from sync.central.entry_holds.holds import gates_of_hold, open_holds
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject
from sync.central.service import run_central
from sync.central.web.app import console_app
from sync.central.web.services import Services
from sync.central.web.visit import RequestIdentity
from sync.transport.clock import wall
from sync.wire import batch_of
from tests.edge.console.staffed_gate import PlayedCamera
from tests.edge.web.serving import served
from tests.sync.central.web.laid import laid
from tests.sync.test_what_a_gate_confirms import GATE, SITE, Street, running, street
from tests.waiting import pause, soon

__all__ = ["street"]
REAR = "green-court.rear"
QUICK = Patience(evidence_within=0.2, give_up_after=1.0, gone_after=0.6, ask_again_after=0.6)


@dataclass
class OtherGates:
    """The rest of the street: its journals reach the centre, and it takes no command."""

    street: Street
    gate: DemoGate = field(default_factory=lambda: DemoGate(REAR, "rear"))

    def begin(self) -> None:
        with self.street.store.writing() as connection:
            public = self.gate.key.public_key().public_bytes_raw()
            enrol_device(connection, REAR, (SITE, "rear"), public, wall())
        self._tell([OccupancyReset("", f"{datetime.now(UTC):%Y-%m-%d}", 0)])

    def pass_(self, way: Direction, people: int) -> None:
        self._tell([LanePassed(way, "counted", "grant", "")] * people)

    def _tell(self, events: list[Event]) -> None:
        entries = self.gate.write((datetime.now(UTC), event) for event in events)
        with self.street.store.writing() as connection:
            store_batch(connection, REAR, batch_of(entries, entries[0].sequence - 1), wall(), FOLLOWERS)


@dataclass
class RealGate:
    """The gate before which somebody with a pass stands."""

    folder: Path
    code: str
    camera: PlayedCamera = field(default_factory=PlayedCamera)
    frame: int = 0

    def __post_init__(self) -> None:
        self.configuration = replace(load_configuration(self.folder / "gate.toml"), encounter=QUICK)
        self.board, self.pins = load_board(self.configuration.lane.board), simulated_pins()
        self.machine = Machine(pins=self.pins, vision=lambda _: self.camera)

    def decisions(self) -> list[AccessDecided]:
        return [event for event in self.told() if isinstance(event, AccessDecided)]

    def holds(self, version: int) -> bool:
        """Whether the registry of this version is in force."""
        return any(isinstance(event, RegistryInstalled) and event.version == version for event in self.told())

    def told(self) -> list[Event | None]:
        reader = JournalReader(self.configuration.journal.path)
        found = [understood(entry) for entry in reader.every()]
        reader.close()
        return found

    def shown(self) -> AccessDecided:
        """What is decided of somebody who comes, shows their pass and goes."""
        before = len(self.decisions())

        def comes() -> None:
            for codes in (*[(self.code,)] * 3, *[()] * 9):
                self._see(codes)
                pause(0.1)

        comes()
        soon(lambda: len(self.decisions()) > before, "a decision", meanwhile=comes)
        return self.decisions()[-1]

    def leaves_by_button(self) -> None:
        """Somebody inside asks to leave."""
        drive(self.board, self.pins, InputName.EXIT_REQUEST, active=True)
        soon(
            lambda: is_active(self.board, self.pins, OutputName.RELAY_OPEN),
            "the barrier opens for who leaves",
        )
        drive(self.board, self.pins, InputName.EXIT_REQUEST, active=False)

    def _see(self, codes: tuple[str, ...]) -> None:
        self.frame += 1
        shown = tuple(CodeSighting(text, len(text)) for text in codes)
        self.camera.report(Sighting(self.frame, self.machine.time.monotonic(), "camera", 640, 480, (), shown))


def who(_: Request) -> RequestIdentity:
    return RequestIdentity(Actor(1, "He Jing", (RoleGrant(Role.ADMINISTRATOR),), Via.SESSION), "en")


@contextmanager
def page_of(street: Street, browser: Any) -> Iterator[Any]:
    services = Services(street.store, wall, CentralConsoleSection())
    with served(console_app(services, who=who, laid=laid())) as address, ExitStack() as opened:
        context = browser.new_context(base_url=address, locale="en")
        opened.callback(context.close)
        page = context.new_page()
        yield page


def standings(street: Street) -> dict[str, HoldStanding]:
    with street.store.reading() as connection:
        held = open_holds(connection, wall())
        return {
            each.device: each.standing for hold in held for each in gates_of_hold(connection, hold.number)
        }


def test_a_street_fills_warns_stops_empties_and_opens_again(street: Street, browser: Any) -> None:
    office = open_site_admin(street.gate.parents[1])
    gate = RealGate(street.gate, issue_pass(office, PassRequest("li-na"), datetime.now(UTC)).text)
    others = OtherGates(street)
    others.begin()
    with street.store.writing() as connection:
        green = StatusRecord(Status.GREEN, "office", "", "r", datetime.now(UTC))
        put_subject(connection, SITE, Subject("li-na", groups=frozenset({"resident"}), status=green), wall())
    street.publish()
    with (
        running(
            lambda stop: run_central(load_central(street.centre / "central.toml"), stop),
            lambda stop: run_agent(load_sync(street.gate / "sync.toml"), stop),
            lambda stop: run_gate(gate.configuration, stop, gate.machine),
        ),
        page_of(street, browser) as page,
    ):
        page.goto("/zones")
        form = page.locator("section:has(h2:text-is('Set a limit')) form")
        form.locator("select[name=what]").select_option(f"site:{SITE}")
        for name, value in (("warn", "3"), ("stop", "5"), ("relief", "2")):
            form.locator(f"input[name={name}]").fill(value)
        form.locator("button.first").click()
        page.goto(f"/flow/{SITE}")
        soon(lambda: gate.holds(2), "the registry of the centre is at the gate")
        assert gate.shown().decision.outcome is Outcome.GRANT

        others.pass_(Direction.ENTRY, 3)
        page.wait_for_selector("#flow-course h2:has-text('warn')")
        others.pass_(Direction.ENTRY, 2)
        page.wait_for_selector("#flow-course h2:has-text('stop')")
        page.wait_for_selector("#flow-held:has-text('1 of 2 gates hold')")
        assert standings(street)[GATE] is HoldStanding.DONE
        refused = gate.shown().decision
        assert (refused.outcome, refused.reason) == (Outcome.REFER, Reason.ENTRIES_HELD)
        gate.leaves_by_button()

        others.pass_(Direction.EXIT, 4)
        page.wait_for_selector("#flow-course h2:has-text('1 inside')")
        soon(lambda: any(isinstance(each, EntriesReleased) for each in gate.told()), "the gate is released")
        page.wait_for_selector("#flow-held:not(.card)", state="attached")
        assert gate.shown().decision.outcome is Outcome.GRANT
