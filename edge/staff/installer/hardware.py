"""What an installer's tests use of the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from edge.boards.format import Board, InputName
from edge.configuration import GateConfiguration
from edge.decision import Direction
from edge.lane.machine import Contact
from edge.ports import Clock
from edge.runtime.access_controller import AccessController
from edge.runtime.lane_at_work import LaneAtWork
from edge.runtime.machine import Vision
from edge.staff.protocol.installing import Measurement
from edge.support.recent_log import RecentLine, RecentLog
from edge.thermometry.watch import ThermometerWatch
from edge.vision.reports import Blur


@dataclass(frozen=True)
class Hardware:
    """The gate's hardware, as an installer meets it.

    `inputs` are the lines as last read; `nobody_there` says that no encounter is under way (for the main
    loop's thread only); `thermometer` what was measured last; `preview` has the camera shown; `log` are the
    newest lines. All but `nobody_there` is for any thread, and none of it waits.
    """

    configuration: GateConfiguration
    board: Board
    inputs: Callable[[], Mapping[InputName, Contact]]
    nobody_there: Callable[[], bool]
    thermometer: Callable[[], Measurement | None]
    preview: Callable[[Blur], None]
    log: Callable[[], tuple[RecentLine, ...]]

    @property
    def lets_through(self) -> Direction | None:
        """The way that somebody let in may pass; None: either."""
        return self.configuration.lets_through


def hardware_of(
    configuration: GateConfiguration,
    lane: LaneAtWork,
    vision: Vision,
    thermometer: ThermometerWatch | None,
    controller: AccessController,
    clock: Clock,
    log: RecentLog | None,
) -> Hardware:
    """The hardware of a gate at work."""

    def measured() -> Measurement | None:
        sample = None if thermometer is None else thermometer.newest
        if sample is None:
            return None
        at = clock.wall().at - timedelta(seconds=clock.monotonic() - sample.at)
        whole = at.replace(microsecond=at.microsecond // 100_000 * 100_000)
        return Measurement(sample.celsius, whole, sample.ambient, sample.distance)

    return Hardware(
        configuration,
        lane.board,
        lambda: lane.driver.inputs,
        lambda: controller.at_rest(clock.monotonic()),
        measured,
        vision.preview,
        lambda: () if log is None else log.lines,
    )
