"""The lane as a task: nothing that else goes on delays it, and no error of its own ends it."""

from __future__ import annotations

from edge.lane.driver import LaneDriver
from edge.support.tasks import Runner, Running, in_thread

_AT_ONCE = 0.0


class LaneTask:
    """Steps a driver from `start` to `stop`."""

    def __init__(self, driver: LaneDriver, runner: Runner = in_thread) -> None:
        self._driver = driver
        self._runner = runner
        self._running: Running | None = None

    def start(self) -> None:
        """Claim the pins (raises DeviceError) and begin."""
        self._driver.open()
        self._running = self._runner("lane", self.poll)
        self._driver.at_arrival(self._running.wake)

    def stop(self) -> None:
        """Step no more, set every output inactive, give the pins back; a second time does nothing."""
        if self._running is not None:
            self._running.stop()
            self._driver.close()

    def poll(self) -> float:
        """Step the driver; returns when to do so again at the latest (monotonic seconds).

        Raises where it cannot even start over, as the pins fail: the watchdog sees that `pumped_at` stops.
        """
        try:
            return self._driver.pump()
        except Exception as error:  # noqa: BLE001 - the lane must outlive a bug in its own stepping
            self._driver.recover(error)
            return _AT_ONCE
