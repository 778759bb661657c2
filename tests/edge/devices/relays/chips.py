"""Relay boards on a bus, as the data sheets of their chips describe them."""

from __future__ import annotations

INPUT, OUTPUT, POLARITY, CONFIGURATION = range(4)
NO_ANSWER = OSError(121, "Remote I/O error")


class Tca9534:
    """A TCA9534 (SCPS197): eight bits, each an input at power-on, with its latch high."""

    def __init__(self, address: int = 0x27) -> None:
        self.address = address
        self.gone = False
        self.closed = False
        self.energised: list[int] = []
        self.power_on()

    def power_on(self) -> None:
        """What the chip is after a power-on reset (data sheet, 8.3.1)."""
        self.registers = [0x00, 0xFF, 0x00, 0xFF]

    @property
    def levels(self) -> int:
        """The bits that the chip drives high: what energises a relay."""
        return self.registers[OUTPUT] & ~self.registers[CONFIGURATION] & 0xFF

    def write_byte_data(self, address: int, register: int, value: int, /) -> None:
        self._asked(address)
        assert register in {OUTPUT, POLARITY, CONFIGURATION}, "the input register cannot be written"
        self.registers[register] = value
        self.energised.append(self.levels)

    def read_byte_data(self, address: int, register: int, /) -> int:
        self._asked(address)
        return self.levels if register == INPUT else self.registers[register]

    def close(self) -> None:
        self.closed = True

    def _asked(self, address: int) -> None:
        if self.gone or address != self.address:
            raise NO_ANSWER


class RelayRegisters:
    """An EP-0099: a register for each of its relays, zero at power-on, any other value is on."""

    def __init__(self) -> None:
        self.registers = {1: 0, 2: 0, 3: 0, 4: 0}

    def write_byte_data(self, address: int, register: int, value: int, /) -> None:
        if address != 0x10:
            raise NO_ANSWER
        self.registers[register] = value

    def read_byte_data(self, address: int, register: int, /) -> int:
        if address != 0x10:
            raise NO_ANSWER
        return self.registers[register]

    def close(self) -> None:
        pass
