"""Real lines: a pseudo-terminal as a serial scanner, a pipe that speaks the kernel's input events."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from time import monotonic

import pytest

from edge.errors import DeviceError
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import CodeScanned, ReaderState, Report, ScannerReport
from edge.scanners.lines import KeyboardLine, ScannerLine, SerialLine, grab
from edge.scanners.watch import ScannerWatch
from edge.support.tasks import Running, in_thread
from tests.edge.scanners.typing import bytes_of, events_of, press
from tests.waiting import first_of

LONG = b"HC1:" + b"6BFOXN%TSMAHN-H" * 250 + b"\r\n"
"""Nearly four thousand characters: more than the kernel's line holds at once."""


class Plug:
    """The far end of a serial scanner at `path`, which can be pulled and put in again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "usb-GM65-if00"
        self.put_in()

    def put_in(self) -> None:
        self.far, self._near = os.openpty()
        self.path.symlink_to(os.ttyname(self._near))

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.far, data[:1024]) :]

    def pull(self) -> None:
        self.path.unlink()
        os.close(self._near)
        os.close(self.far)


class Reading:
    """A scanner that is read in a thread of its own, as in a gate."""

    def __init__(self, section: ScannerSection, line: ScannerLine) -> None:
        self.heard: Queue[Report] = Queue()
        self.watch = ScannerWatch(section, line, self.heard.put, monotonic)
        self.task: Running = in_thread("scanner", self.watch.poll)

    def code(self) -> str:
        found = first_of(self.heard, lambda report: isinstance(report, CodeScanned))
        assert isinstance(found, CodeScanned)
        return found.text

    def state(self, state: ReaderState) -> ScannerReport:
        found = first_of(
            self.heard, lambda report: isinstance(report, ScannerReport) and report.state is state
        )
        assert isinstance(found, ScannerReport)
        return found

    def close(self) -> None:
        self.task.stop()
        self.watch.close()


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    plug = Plug(tmp_path)
    yield plug
    if plug.path.is_symlink():
        plug.pull()


def test_a_serial_scanner_is_read_pulled_out_and_read_again(plug: Plug) -> None:
    section = ScannerSection("desk", ScannerKind.SERIAL, str(plug.path))
    reading = Reading(section, SerialLine(section.device, section.baud))
    try:
        reading.state(ReaderState.WORKING)
        plug.send(b"GP1:one\r\n")
        assert reading.code() == "GP1:one"
        plug.send(LONG)
        assert reading.code() == LONG.decode().strip()
        plug.send(b"GP1:ha")
        plug.pull()
        assert "docs/scanners.md" in reading.state(ReaderState.GONE).detail
        plug.put_in()
        reading.state(ReaderState.WORKING)
        plug.send(b"GP1:two\r\n")
        assert reading.code() == "GP1:two"
    finally:
        reading.close()


def test_a_line_that_another_program_reads_is_refused_and_says_so(plug: Plug) -> None:
    line, other = SerialLine(str(plug.path), 9600), SerialLine(str(plug.path), 9600)
    line.open()
    with pytest.raises(DeviceError, match="cannot be opened") as refused:
        other.open()
    assert "end the program" in refused.value.remedy
    line.close()
    other.open()
    other.close()


@pytest.mark.parametrize("line", [SerialLine("/dev/none", 9600), KeyboardLine("/dev/none", monotonic)])
def test_a_device_that_is_not_there_says_what_to_do(line: ScannerLine) -> None:
    with pytest.raises(DeviceError) as refused:
        line.open()
    assert (refused.value.where, "plug it in" in refused.value.remedy) == ("/dev/none", True)
    line.close()


def test_a_scanner_that_types_is_read_over_the_kernel_s_events(tmp_path: Path) -> None:
    pipe = tmp_path / "usb-scanner-event-kbd"
    os.mkfifo(pipe)
    grabbed: list[int] = []
    section = ScannerSection("desk", ScannerKind.HID, str(pipe))
    kernel = os.open(pipe, os.O_RDWR)
    reading = Reading(section, KeyboardLine(str(pipe), monotonic, grabbed.append))
    try:
        reading.state(ReaderState.WORKING)
        assert len(grabbed) == 1, "its events are nobody else's"
        sent = bytes_of(events_of(b"GP1:Ab?9\r"))
        for at in range(0, len(sent), 37):  # cut anywhere
            os.write(kernel, sent[at : at + 37])
        assert reading.code() == "GP1:Ab?9"
        os.write(kernel, bytes_of([*press(30), *events_of(b"\r")]))
        assert reading.code() == "a"
        os.close(kernel)  # unplugged
        reading.state(ReaderState.GONE)
    finally:
        reading.close()


def test_what_is_no_input_device_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(OSError, match="ioctl"), path.open() as file:
        grab(file.fileno())
    with pytest.raises(DeviceError, match="cannot be opened"):
        KeyboardLine(str(path), monotonic).open()
