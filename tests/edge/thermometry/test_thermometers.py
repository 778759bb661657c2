"""Thermometers at their wires: the MLX90614's transfers as its data sheet has them, a real serial line."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smbus2 import i2c_msg

from edge.errors import DeviceError
from edge.thermometry.configuration import ThermometerKind, ThermometerSection
from edge.thermometry.mlx90614 import AMBIENT, OBJECT, Mlx90614, packet_error_code
from edge.thermometry.serial_line import MOST_LINE, Lines, SerialThermometer, checksum, parse_line
from edge.thermometry.thermometer import RawTemperature, Thermometer
from edge.thermometry.watch import ThermometerNews, ThermometerState, ThermometerWatch
from tests.conftest import REPOSITORY
from tests.waiting import PATIENT, soon, sooner_than


class Sensor:
    """An MLX90614 as its data sheet describes it: it answers a register with two bytes and their code."""

    def __init__(self, **registers: int) -> None:
        self.registers = {AMBIENT: registers.get("ambient", 0x3A20), OBJECT: registers.get("object", 0x3AD2)}
        self.garble = 0
        self.gone = False
        self.written: list[bytes] = []
        self.closed = False

    def i2c_rdwr(self, *messages: i2c_msg) -> None:
        asked, answered = messages
        if self.gone or asked.addr != 0x5A:
            raise OSError(121, "Remote I/O error")
        command = bytes(asked)
        self.written.append(command)
        low_high = self.registers[command[0]].to_bytes(2, "little")
        code = packet_error_code(bytes([0xB4, command[0], 0xB5]) + low_high)
        for place, byte in enumerate([*low_high, code ^ self.garble]):
            answered.buf[place] = byte

    def close(self) -> None:
        self.closed = True


def thermometer_on(sensor: Sensor, address: int = 0x5A) -> Mlx90614:
    thermometer = Mlx90614(lambda: sensor, address, "/dev/i2c-1")
    thermometer.open()
    return thermometer


def test_the_error_code_is_the_one_of_the_data_sheet_s_example() -> None:
    assert packet_error_code(bytes([0xB4, 0x07, 0xB5, 0xD2, 0x3A])) == 0x30


def test_the_registers_are_hundredths_of_a_kelvin_doubled_and_nothing_is_written() -> None:
    sensor = Sensor(object=0x3AD2, ambient=0x3A20)
    assert thermometer_on(sensor).read() == RawTemperature(28.01, 24.45)
    assert sensor.written == [bytes([AMBIENT]), bytes([OBJECT])], "a register's address, and no value"


def test_every_single_wrong_bit_on_the_wire_is_noticed() -> None:
    sensor = Sensor()
    thermometer = thermometer_on(sensor)
    for bit in range(8):
        sensor.garble = 1 << bit
        with pytest.raises(DeviceError, match="error code is wrong"):
            thermometer.read()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gone": True}, "does not answer"),
        ({"registers": {AMBIENT: 0x3A20, OBJECT: 0xFFFF}}, "not a measurement"),
    ],
)
def test_a_sensor_that_fails_says_where_and_what(change: dict[str, object], words: str) -> None:
    sensor = Sensor()
    thermometer = thermometer_on(sensor)
    for name, value in change.items():
        setattr(sensor, name, value)
    with pytest.raises(DeviceError, match=words) as caught:
        thermometer.read()
    assert caught.value.where == "/dev/i2c-1, address 0x5a"
    thermometer.close()
    assert sensor.closed
    with pytest.raises(DeviceError, match="not open"):
        thermometer.read()


def test_another_address_does_not_answer() -> None:
    with pytest.raises(DeviceError, match="does not answer"):
        thermometer_on(Sensor(), 0x33).read()


def test_a_computer_without_the_bus_says_so() -> None:
    from edge.thermometry.mlx90614 import open_i2c_bus

    with pytest.raises(DeviceError, match="No such file"):
        Mlx90614(lambda: open_i2c_bus(99), 0x5A, "/dev/i2c-99").open()


# --- lines -----------------------------------------------------------------------------------------


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


# --- a serial line -----------------------------------------------------------------------------------


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


# --- the watch ---------------------------------------------------------------------------------------


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


def watched(thermometer: Thermometer, **changes: float) -> ThermometerWatch:
    section = ThermometerSection(ThermometerKind.SIMULATED, every=0.05, silent_after=0.6)
    from msgspec.structs import replace

    watch = ThermometerWatch(thermometer, replace(section, **changes))
    watch.start()
    return watch


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
    watch = watched(scripted)
    try:
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
    finally:
        watch.stop()


def test_a_thermometer_that_hangs_keeps_nobody_waiting() -> None:
    scripted, go_on = Scripted(), threading.Event()

    def hang() -> float:
        go_on.wait(600.0)
        return 36.5

    scripted.does = hang
    watch = watched(scripted)
    try:
        with sooner_than(600.0):
            assert watch.reading(0.0) is None
            assert not watch.working(time.monotonic())
        news = next_news(watch)
        assert (news.state, "does not answer" in news.detail) == (ThermometerState.SILENT, True)
    finally:
        go_on.set()
        watch.stop()


def test_a_drift_is_told_and_its_readings_are_worth_nothing() -> None:
    scripted = Scripted()
    scripted.does = lambda: 38.4 + random.random() / 10
    watch = watched(scripted)
    try:
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
    finally:
        watch.stop()
