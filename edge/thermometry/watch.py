"""Measures as a task of its own: the gate reads what there is, and never waits.

A thermometer that is silent, lost or sends nonsense costs its readings and nothing else: it is reported, and
tried again at longer and longer intervals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from math import isfinite
from time import monotonic as system_monotonic

import msgspec
import structlog

from edge.decision import DriftWatch, Sample, TemperatureReading, reading_of
from edge.errors import DeviceError, words_of
from edge.support.due import NEVER
from edge.thermometry.configuration import ThermometerSection
from edge.thermometry.thermometer import Thermometer

_KEPT = 60.0
"""Seconds of samples that are kept."""
_LONGEST_PAUSE = 30.0


class ThermometerState(StrEnum):
    """Whether the thermometer's readings can be used."""

    WORKING = "working"
    SILENT = "silent"  # no measurement for some time: dead, lost, or sending nonsense
    DRIFTING = "drifting"  # measures, but not what people have


class ThermometerNews(msgspec.Struct, frozen=True):
    """A change of the thermometer's state; `detail` explains it in words."""

    state: ThermometerState
    detail: str


class ThermometerWatch:
    """One thermometer; `poll` is a task. The main loop's thread calls `reading`, `working`, `note_reading`,
    `news` and `next_news`; `changed` is called from the task when there is news.
    """

    def __init__(
        self,
        thermometer: Thermometer,
        section: ThermometerSection,
        monotonic: Callable[[], float] = system_monotonic,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._thermometer = thermometer
        self._section = section
        self._monotonic = monotonic
        self._changed = changed
        self._samples: deque[Sample] = deque(maxlen=max(16, int(_KEPT / section.every)))
        self._drift = DriftWatch(section.usual)
        self._began = monotonic()
        self._error = ""
        self._reported: ThermometerState | None = None
        self._opened = False
        self._pause = section.every

    # --- from the main loop ----------------------------------------------------------------

    def reading(self, since: float) -> TemperatureReading | None:
        """What was measured of a person who stands there since `since` (monotonic seconds)."""
        samples = tuple(self._samples)
        return reading_of(samples, since, self._section.worth, drifting=self._drift.drifting)

    @property
    def newest(self) -> Sample | None:
        """What was measured last, of anything; from any thread."""
        with suppress(IndexError):
            return self._samples[-1]
        return None

    def working(self, now: float) -> bool:
        """Whether a measurement may be expected."""
        return now - self._last < self._section.silent_after and bool(self._samples)

    def note_reading(self, reading: TemperatureReading) -> None:
        """Note the reading that a person was decided on; the median of recent ones shows a drift."""
        if reading.valid or reading.why == "drift":
            self._drift.add(reading.celsius)

    def news(self, now: float) -> ThermometerNews | None:
        """The state, if it changed since the last call; else None."""
        state = self._state(now)
        if state is None or state is self._reported:
            return None
        self._reported = state
        return ThermometerNews(state, self._detail(state))

    def next_news(self) -> float:
        """When there is news at the latest, if nothing is measured until then (monotonic seconds)."""
        silent = self._reported is ThermometerState.SILENT
        return NEVER if silent else self._last + self._section.silent_after

    # --- the task --------------------------------------------------------------------------

    def poll(self) -> float:
        """Measure once; returns when to measure again."""
        try:
            if not self._opened:
                self._thermometer.open()
                self._opened = True
            self._measure()
            self._pause, self._error = self._section.every, ""
        except Exception as error:  # noqa: BLE001 - not even a driver's bug may end the measuring
            self._error = words_of(error)
            structlog.get_logger("edge.thermometer").debug("no_measurement", error=self._error)
            self.close()
            self._pause = min(max(1.0, 2 * self._pause), _LONGEST_PAUSE)
        now = self._monotonic()
        if self._state(now) is not self._reported:
            self._changed()
        return now + self._pause

    def close(self) -> None:
        """Close the device; a poll opens it again."""
        self._opened = False
        self._thermometer.close()

    # --- inside ----------------------------------------------------------------------------

    @property
    def _last(self) -> float:
        try:
            return self._samples[-1].at
        except IndexError:
            return self._began

    def _state(self, now: float) -> ThermometerState | None:
        """None while it is too early to say."""
        if now - self._last >= self._section.silent_after:
            return ThermometerState.SILENT
        if not self._samples:
            return None
        return ThermometerState.DRIFTING if self._drift.drifting else ThermometerState.WORKING

    def _detail(self, state: ThermometerState) -> str:
        match state:
            case ThermometerState.WORKING:
                return self._thermometer.name
            case ThermometerState.DRIFTING:
                return f"recent persons had {self._drift.median:.1f} °C (median): check it, or its offset"
            case ThermometerState.SILENT:
                return self._error or f"{self._thermometer.name} does not answer; nobody is refused for it"

    def _measure(self) -> None:
        raw = self._thermometer.read()
        values = [value for value in (raw.celsius, raw.ambient, raw.distance) if value is not None]
        if not all(isfinite(value) for value in values):
            raise DeviceError(
                "the thermometer gives something that is not a number", where=self._thermometer.name
            )
        self._samples.append(Sample(self._monotonic(), raw.celsius, raw.ambient, raw.distance))
