"""Lines of thermometers: what is a measurement, and what a real serial line delivers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DeviceError
from edge.thermometry.serial_line import MOST_LINE, Lines, SerialThermometer, checksum, parse_line
from edge.thermometry.thermometer import RawTemperature
from tests.conftest import REPOSITORY
from tests.waiting import PATIENT, sooner_than


def own(text: str) -> bytes:
    return f"{text} *{checksum(text)}".encode()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (own("GP1 36.52 24.10 85"), RawTemperature(36.52, 24.1, 85.0)),
        (own("GP1 36.5 - -"), RawTemperature(36.5)),
        (own("GP1 -3.25 -10.00 120"), RawTemperature(-3.25, -10.0, 120.0)),
        (b"GP1 36.52 24.10 85 *00", None),
        (b"GP1 36.52 24.10 85", None),
        (own("GP1 36.52 24.10"), None),
        (own("GP2 36.52 24.10 85"), None),
        (own("GP1 999.0 24.10 85"), None),
        (own("GP1 nan 24.10 85"), None),
        (b"T=36.52 A=24.1 D=85mm", RawTemperature(36.52, 24.1, 85.0)),
        (b"TO:36.52,TA:24.10", RawTemperature(36.52, 24.1)),
        (b"Temp: 36.5 C, dist 9 cm", RawTemperature(36.5, None, 90.0)),
        (b"body=36.7", RawTemperature(36.7)),
        (b"36.5", RawTemperature(36.5)),
        (b"36.5C", RawTemperature(36.5)),
        ("36.5 °C".encode(), RawTemperature(36.5)),
        (b"36.5 \xb0C", RawTemperature(36.5)),
        (b"T=97.8F", None),  # another unit is not guessed at
        (b"97.8 F", None),
        (b"T1=36.5 T2=36.6", None),
        (b"T=36.5 T=36.9", None),  # which?
        (b"T=36.5.2", None),
        (b"36", None),
        (b"", None),
        (b"hello", None),
        (b"\xff\xfe\x00", None),
        (b"T=36.5" + b" " * MOST_LINE, None),
    ],
)
def test_a_line_is_a_measurement_where_it_is_plain(line: bytes, found: RawTemperature | None) -> None:
    assert parse_line(line) == found


def test_the_line_in_the_manual_is_one() -> None:
    manual = (REPOSITORY / "docs" / "temperature.md").read_bytes()
    lines = [line for line in manual.splitlines() if line.startswith(b"GP1 ")]
    assert [parse_line(line) for line in lines] == [RawTemperature(36.52, 24.1, 85.0)]


@given(st.binary(max_size=200))
def test_no_line_raises(line: bytes) -> None:
    parse_line(line)


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 2_000), max_size=10))
def test_lines_are_the_same_however_they_arrive(data: bytes, cuts: list[int]) -> None:
    whole, parts, lines = Lines(), Lines(), []
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        lines += parts.add(data[start:end])
    assert [line for line in lines if len(line) <= MOST_LINE] == [
        line for line in whole.add(data) if len(line) <= MOST_LINE
    ]


def test_a_line_whose_beginning_was_missed_is_no_measurement() -> None:
    """Of `36.5` the first thing heard may be `6.5`."""
    lines = Lines()
    assert lines.add(b"6.5\r\n36.6\r\n36") == [b"36.6"]
    assert lines.add(b".7\n") == [b"36.7"]
    assert lines.add(b"x" * 200) == []
    assert lines.add(b"6.5\n36.8\n") == [b"36.8"]


class Device:
    """The far end of a pseudo-terminal: whatever is put into `lines` is sent, again and again."""

    def __init__(self) -> None:
        self.fd, self._near = os.openpty()
        self.port = os.ttyname(self._near)
        self.sends: Callable[[], bytes] = lambda: b""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        os.set_blocking(self.fd, False)
        while not self._stopping.wait(0.02):
            try:
                os.write(self.fd, self.sends())
            except BlockingIOError:
                continue
            except OSError:
                return

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(PATIENT)
        os.close(self.fd)
        os.close(self._near)


@pytest.fixture
def device() -> Iterator[Device]:
    device = Device()
    yield device
    device.close()


def test_a_real_line_gives_measurements_and_the_newest_of_those_that_wait(device: Device) -> None:
    thermometer = SerialThermometer(device.port, 9600)
    thermometer.open()
    for first in (30, 60):
        lines = [own(f"GP1 {first + number / 100:.2f} 24.10 85") + b"\r\n" for number in range(20)]
        os.write(device.fd, b"the end of a line\r\n" + b"".join(lines))
        assert thermometer.read() == RawTemperature(first + 0.19, 24.1, 85.0)
    thermometer.close()


@pytest.mark.parametrize(
    ("sends", "words"),
    [
        (b"", "sends nothing"),
        (b"hello\r\n", "not a measurement: .* such as b'hello'"),
        (b"\x00\xff" * 30, "without an end of line"),
    ],
)
def test_silence_and_garbage_are_told_apart_within_seconds(
    device: Device, sends: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.thermometry.serial_line._TIMEOUT", 0.5)
    thermometer = SerialThermometer(device.port, 9600)
    thermometer.open()
    device.sends = lambda: sends
    with sooner_than(60.0), pytest.raises(DeviceError, match=words):
        thermometer.read()
    thermometer.close()


def test_a_line_that_does_not_exist_says_which() -> None:
    with pytest.raises(DeviceError, match="cannot be opened") as caught:
        SerialThermometer("/dev/ttyNONE", 9600).open()
    assert caught.value.where == "/dev/ttyNONE"
