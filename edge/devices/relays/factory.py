"""The header's pins and, beside them, the relays of a board on the bus: `RelayPins`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smbus2 import SMBus

from edge.boards.format import FACTS, ExpanderFacts, RelayBoard
from edge.devices.relays.switches import ExpanderSwitch, RegisterSwitch, Smbus, Switch
from edge.errors import DeviceError


def open_bus(number: int) -> Smbus:
    """The kernel's /dev/i2c-`number`. Raises OSError."""
    bus: Smbus = SMBus(number)
    return bus


class RelayPins:
    """Pins of `header`, gpiozero's `Factory`, and the relays of `board`, which are named `relay N`.

    The bus is opened at the first use of a relay. Of all that a factory is asked, the lane asks what is here.
    """

    def __init__(self, header: Any, board: RelayBoard, bus: Callable[[int], Smbus] = open_bus) -> None:
        self._header = header
        self._board = board
        self._open = bus
        self._bus: Smbus | None = None
        self._switch: Switch | None = None

    @property
    def chip_name(self) -> str:
        """What `gate check` says of the chip and the board."""
        return f"{self._header.chip_name}; {self._board.model} at {self._where}"

    def pin(self, place: int | str) -> Any:
        """The pin of the header, or the relay."""
        if isinstance(place, int):
            return self._header.pin(place)
        return RelayPin(self._opened(), int(place.removeprefix("relay ")))

    def holder(self, place: int | str) -> str:
        """Who holds a line of the header; a relay on the bus has no holder that the kernel knows."""
        return self._header.holder(place) if isinstance(place, int) else ""

    def keep(self) -> None:
        """Have the board hold what it was told, if it was told anything. Raises DeviceError."""
        if self._switch is not None:
            self._asked(self._switch.keep)

    def probe(self) -> None:
        """Raises DeviceError where no board answers; moves nothing."""
        self._asked(self._opened().probe)

    def _asked(self, what: Callable[[], None]) -> None:
        try:
            what()
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Release the header, close the bus. The relays stay as they were last told."""
        bus, self._bus, self._switch = self._bus, None, None
        if bus is not None:
            bus.close()
        self._header.close()

    @property
    def _where(self) -> str:
        return f"/dev/i2c-{self._board.bus}, address {self._board.address:#04x}"

    def _opened(self) -> Switch:
        if self._switch is None:
            try:
                self._bus = self._open(self._board.bus)
            except OSError as error:
                raise self._failed(error) from error
            facts = FACTS[self._board.model]
            self._switch = (
                ExpanderSwitch(self._bus, self._board.address, facts)
                if isinstance(facts, ExpanderFacts)
                else RegisterSwitch(self._bus, self._board.address, facts)
            )
        return self._switch

    def _failed(self, error: OSError) -> DeviceError:
        return DeviceError(
            f"the relay board failed: {error.strerror or error}",
            where=self._where,
            remedy="dtparam=i2c_arm=on in config.txt; jumpers as relay_board.address says: i2cdetect -y 1",
        )


class RelayPin:
    """One relay, as an output pin."""

    def __init__(self, switch: Switch, relay: int) -> None:
        self._switch, self._relay = switch, relay
        self._on = False

    def output_with_state(self, state: bool) -> None:
        self.state = state

    @property
    def state(self) -> bool:
        """What it was last told."""
        return self._on

    @state.setter
    def state(self, on: bool) -> None:
        self._switch.set(self._relay, bool(on))
        self._on = bool(on)

    def close(self) -> None:
        """The relay stays as it was last told: there is nothing to let go of."""
