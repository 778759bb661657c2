"""One gate at work in the thread of a scheduler, made of the product's parts: what people are played against
where nothing but the lane, the decisions and the journal matters.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.configuration import load_configuration
from edge.decision import ClockTrust, Subject, WallTime
from edge.journal.factory import open_journal
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Record
from edge.runtime.access_controller import AccessController
from edge.runtime.main_loop import Heard
from edge.runtime.registry_service import RegistryService, registry_service_of
from edge.vision.reports import Sighting
from tests.simulation.bundle import bundle_of
from tests.simulation.lane_world import LaneWorld
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import ENGINE, SITE, Site, true_time
from tests.simulation.site_files import write_gate
from tests.simulation.site_keys import SiteKeys

_BOOTED = 100.0
"""Seconds on the computer's monotonic clock when the world begins."""


class OneGate:
    """A gate that decides by the site's registry. `heard` is called with everything that it says."""

    def __init__(self, folder: Path, scheduler: Scheduler, site: Site, lane: LaneWorld) -> None:
        self.device, self.lane = lane.device, lane
        self.lives = True
        self.heard: Callable[[str, Heard], None] = lambda _device, _happened: None
        self._scheduler = scheduler
        self._site = site
        self._folder = folder
        write_gate(site, self.device, folder)
        configuration = load_configuration(folder / "gate.toml")
        self._inbox = configuration.registry.inbox
        self.journal_path = configuration.journal.path
        self._journal = open_journal(self.journal_path, self.device)
        self.registry: RegistryService = registry_service_of(
            configuration.registry, SITE, ENGINE, self.wall, lambda _: None, gate=self.device
        )
        self.registry.load()
        self._driver = LaneDriver(lane.board, lane.pins, self._report, self.monotonic)
        self._driver.open()
        self._controller = AccessController(
            configuration, self, self._journal, self._driver, self.registry.holdings
        )
        self._task: Task = scheduler.task(self._pump)
        lane.on_edge = self._task.wake

    def publish(self, version: int, subjects: tuple[Subject, ...], keys: SiteKeys | None = None) -> None:
        """Put the next registry of these subjects into the inbox, and have it looked at."""
        now = self._scheduler.now
        self._inbox.write_bytes(bundle_of(self._site, self._folder, version, subjects, now, keys))
        self.registry.look()

    # --- as a clock, and as the world sees it ------------------------------------------------------

    def monotonic(self) -> float:
        return self._scheduler.now + _BOOTED

    def wall(self) -> WallTime:
        return WallTime(true_time(self._scheduler.now), ClockTrust.TRUSTED)

    def see(self, sighting: Sighting) -> None:
        """What the vision worker reports."""
        if not self.lives:
            return
        self.heard(self.device, sighting)
        passage = self._controller.handle(sighting)
        if passage is not None:
            self.heard(self.device, passage)
        self._task.wake()

    def close(self) -> None:
        self._task.stop()
        self._driver.close()
        self._journal.close()

    # --- inside ------------------------------------------------------------------------------------

    def _pump(self) -> float:
        return self._driver.pump() - _BOOTED

    def _report(self, report: LaneReport) -> None:
        self.heard(self.device, report)
        if isinstance(report.said, Record):
            self._journal.append(report.said.event, self.wall())
            self._controller.notify(report.said)
