"""How the relays of each kind of board are switched over the bus: `ExpanderSwitch`, `RegisterSwitch`.

A board that lost its power for a moment comes back with every relay off and knows nothing of what it was
told. `keep` tells it again; the lane calls it once a second, so that a lock that a fire released stays so.
"""

from __future__ import annotations

from typing import Protocol

from edge.boards.format import ExpanderFacts, RegisterFacts

INPUT, OUTPUT, CONFIGURATION = 0x00, 0x01, 0x03
"""Registers of a TCA9534. The last two come up as 0xFF: every bit an input, its latch high."""


class Smbus(Protocol):
    """The part of smbus2's SMBus that is used."""

    def read_byte_data(self, address: int, register: int, /) -> int:
        """One byte of a register. Raises OSError."""
        ...

    def write_byte_data(self, address: int, register: int, value: int, /) -> None:
        """Set a register. Raises OSError."""
        ...

    def close(self) -> None:
        """Close the bus."""
        ...


class Switch(Protocol):
    """The relays of one board."""

    def set(self, relay: int, on: bool) -> None:
        """Switch one relay. Raises OSError where the board does not answer, or does not do it."""
        ...

    def keep(self) -> None:
        """Have the board hold what it was told. Raises OSError where it is silent, or did not hold it."""
        ...

    def probe(self) -> None:
        """Raises OSError where no board answers; moves nothing."""
        ...


class ExpanderSwitch:
    """Relays on the bits of a TCA9534.

    Its latches come up high, which would be relays on. So the latch is always written before the direction: a
    relay never clicks, whatever the chip was told before or has forgotten.
    """

    def __init__(self, bus: Smbus, address: int, facts: ExpanderFacts) -> None:
        self._bus, self._address, self._facts = bus, address, facts
        self._latch = 0

    def set(self, relay: int, on: bool) -> None:
        bit = self._facts.bits[relay - 1]
        self._latch = self._latch | bit if on else self._latch & ~bit
        self._tell()

    def keep(self) -> None:
        held = self._bus.read_byte_data(self._address, CONFIGURATION)
        levels = self._bus.read_byte_data(self._address, INPUT) & ~self._facts.inputs & 0xFF
        if (held, levels) != (self._facts.inputs, self._latch):
            self._tell()
            stood = f"{levels:#04x} instead of {self._latch:#04x}, direction {held:#04x}"
            raise OSError(f"its relays stood at {stood}; they were told again")

    def probe(self) -> None:
        self._bus.read_byte_data(self._address, CONFIGURATION)

    def _tell(self) -> None:
        self._bus.write_byte_data(self._address, OUTPUT, self._latch)
        self._bus.write_byte_data(self._address, CONFIGURATION, self._facts.inputs)


class RegisterSwitch:
    """Relays that have a register each, which is not read back: the maker does not say that it can be."""

    def __init__(self, bus: Smbus, address: int, facts: RegisterFacts) -> None:
        self._bus, self._address, self._facts = bus, address, facts
        self._told: dict[int, bool] = {}

    def set(self, relay: int, on: bool) -> None:
        self._told[relay] = on
        self._tell(relay, on)

    def keep(self) -> None:
        for relay, on in self._told.items():
            self._tell(relay, on)

    def probe(self) -> None:
        self._bus.read_byte_data(self._address, 1)

    def _tell(self, relay: int, on: bool) -> None:
        self._bus.write_byte_data(self._address, relay, self._facts.on if on else 0)
