"""A thermometer that fails, hangs or drifts costs its readings and nothing else."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from edge.errors import DeviceError
from edge.support.tasks import in_thread
from edge.thermometry.configuration import ThermometerKind, ThermometerSection
from edge.thermometry.thermometer import RawTemperature, Thermometer
from edge.thermometry.watch import ThermometerNews, ThermometerState, ThermometerWatch
from tests.waiting import soon, sooner_than


class Scripted:
    """A thermometer that does what the test tells it: measure, fail, hang."""

    name = "scripted"

    def __init__(self) -> None:
        self.does: Callable[[], float] = lambda: 36.5
        self.opened = 0

    def open(self) -> None:
        self.opened += 1

    def read(self) -> RawTemperature:
        return RawTemperature(self.does(), 22.0)

    def close(self) -> None:
        return


@contextmanager
def watched(thermometer: Thermometer) -> Iterator[ThermometerWatch]:
    """A thermometer that is watched in a thread of its own."""
    section = ThermometerSection(ThermometerKind.SIMULATED, every=0.05, silent_after=0.6)
    watch = ThermometerWatch(thermometer, section)
    running = in_thread("thermometer", watch.poll)
    try:
        yield watch
    finally:
        running.stop()
        watch.close()


def next_news(watch: ThermometerWatch) -> ThermometerNews:
    told: list[ThermometerNews] = []

    def is_told() -> bool:
        news = watch.news(time.monotonic())
        told.extend([] if news is None else [news])
        return bool(told)

    soon(is_told)
    return told[0]


def fails() -> float:
    raise DeviceError("the thermometer sends something that is not a measurement", where="/dev/ttyUSB0")


def breaks() -> float:
    raise ZeroDivisionError("a driver's bug")


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (fails, "not a measurement"),
        (breaks, "a driver's bug"),
        (lambda: float("nan"), "not a number"),
    ],
)
def test_a_thermometer_that_fails_is_told_once_and_found_again(does: Callable[[], float], words: str) -> None:
    scripted = Scripted()
    with watched(scripted) as watch:
        news = next_news(watch)
        assert news.state is ThermometerState.WORKING
        scripted.does = does
        news = next_news(watch)
        assert news.state is ThermometerState.SILENT
        assert words in news.detail
        assert not watch.working(time.monotonic())
        assert watch.news(time.monotonic()) is None, "once"
        scripted.does = lambda: 36.5
        news = next_news(watch)
        assert news.state is ThermometerState.WORKING
        assert scripted.opened >= 2, "it was opened anew"


def test_a_thermometer_that_hangs_keeps_nobody_waiting() -> None:
    scripted, go_on = Scripted(), threading.Event()

    def hang() -> float:
        go_on.wait(600.0)
        return 36.5

    scripted.does = hang
    with watched(scripted) as watch:
        with sooner_than(600.0):
            assert watch.reading(0.0) is None
            assert not watch.working(time.monotonic())
        news = next_news(watch)
        assert (news.state, "does not answer" in news.detail) == (ThermometerState.SILENT, True)
        go_on.set()


def test_a_drift_is_told_and_its_readings_are_worth_nothing() -> None:
    scripted = Scripted()
    scripted.does = lambda: 38.4 + random.random() / 10
    with watched(scripted) as watch:
        next_news(watch)

        soon(lambda: (reading := watch.reading(0.0)) is not None and reading.again is not None)
        reading = watch.reading(0.0)
        assert reading is not None
        for _ in range(12):
            watch.note_reading(reading)
        news = next_news(watch)
        assert news.state is ThermometerState.DRIFTING
        assert "38." in news.detail
        drifted = watch.reading(0.0)
        assert drifted is not None
        assert (drifted.valid, drifted.why) == (False, "drift")
