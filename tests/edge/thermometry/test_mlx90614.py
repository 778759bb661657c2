"""The MLX90614's transfers, as its data sheet has them."""

from __future__ import annotations

import pytest
from smbus2 import i2c_msg

from edge.errors import DeviceError
from edge.thermometry.mlx90614 import AMBIENT, OBJECT, Mlx90614, packet_error_code
from edge.thermometry.thermometer import RawTemperature


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
