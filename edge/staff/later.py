"""The staff's side, whose rooms a gate loads once it is READY: no lane waits for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.configuration import GateConfiguration
from edge.prompts.texts import Language
from edge.runtime.access_controller import AccessController
from edge.runtime.lane_at_work import LaneAtWork
from edge.runtime.machine import Machine, Vision
from edge.runtime.registry_service import RegistryService
from edge.runtime.withholding import Withholding
from edge.staff.ports import GatePorts
from edge.staff.views.published import Published
from edge.thermometry.watch import ThermometerWatch

if TYPE_CHECKING:
    from edge.staff.side import StaffSide


@dataclass(frozen=True)
class StaffToStart:
    """What the staff's side of a gate is made of."""

    configuration: GateConfiguration
    ports: GatePorts
    lane: LaneAtWork
    controller: AccessController
    vision: Vision
    thermometer: ThermometerWatch | None
    registry: RegistryService
    withholding: Withholding
    engine: str
    published: Published
    choose: Callable[[Language], None]
    """What hears of the language that somebody chose at the screen."""
    machine: Machine
    wake: Callable[[], None]

    def start(self, running: ExitStack) -> StaffSide | None:
        """The side at work until `running` ends; None where gate.toml names no file. Raises nothing."""
        from edge.staff.enrolment.factory import EnrolmentMeans  # noqa: PLC0415 - see above
        from edge.staff.installer.hardware import hardware_of  # noqa: PLC0415
        from edge.staff.screen import ScreenLanguage  # noqa: PLC0415
        from edge.staff.side import start_staff  # noqa: PLC0415

        configuration, machine, clock = self.configuration, self.machine, self.ports.clock
        return start_staff(
            configuration.staff,
            self.ports,
            hardware_of(
                configuration,
                self.lane,
                self.vision,
                self.thermometer,
                self.controller,
                clock,
                machine.recent_log,
            ),
            self.published,
            ScreenLanguage(self.choose),
            lambda: self.lane.lives(clock.monotonic()),
            configuration.lets_through,
            configuration.journal.path,
            machine,
            self.wake,
            running,
            EnrolmentMeans(
                configuration.enrolment,
                self.registry.sealing_key,
                self.engine,
                self.vision,
                self.withholding,
            ),
        )
