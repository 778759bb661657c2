"""The `[thermometer]` table of gate.toml."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.decision import Worth

Celsius = Annotated[float, Meta(ge=-70.0, le=400.0)]
Millimetres = Annotated[float, Meta(ge=0.0, le=10_000.0)]
Wait = Annotated[float, Meta(ge=0.0, le=60.0)]


class ThermometerKind(StrEnum):
    NONE = "none"
    MLX90614 = "mlx90614"
    SERIAL = "serial"
    SIMULATED = "simulated"


class ThermometerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What measures temperatures, and what its measurements are worth; °C, mm and seconds.

    `offset` is added to every measurement and recorded with it; there is no other correction. Outside
    `person` it is not a person that was measured; `ambient` and `distance` count where they are measured; two
    measurements agree within `steady`. A second one is `again_after` later. A grant waits `wait_for` for a
    first measurement, and `again_within` for a second where the first was high; the median of the last
    persons lies within `usual`, else the thermometer has drifted.
    """

    kind: ThermometerKind = ThermometerKind.NONE
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x5A
    port: str = ""
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    simulated: Celsius = 36.5
    every: Annotated[float, Meta(ge=0.05, le=10.0)] = 0.25
    silent_after: Annotated[float, Meta(ge=0.1, le=3600.0)] = 10.0
    wait_for: Wait = 1.0
    again_within: Wait = 3.0
    offset: Annotated[float, Meta(ge=-5.0, le=5.0)] = 0.0
    person: tuple[Celsius, Celsius] = (30.0, 45.0)
    ambient: tuple[Celsius, Celsius] = (10.0, 40.0)
    distance: tuple[Millimetres, Millimetres] = (10.0, 500.0)
    steady: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.4
    again_after: Wait = 0.5
    usual: tuple[Celsius, Celsius] = (35.0, 37.2)

    def __post_init__(self) -> None:
        """Refuse what cannot be measured by. An offset above 5 °C is a broken thermometer."""
        if self.kind is ThermometerKind.SERIAL and not self.port:
            raise ValueError("a serial thermometer needs its port, such as /dev/ttyUSB0")
        if self.silent_after <= self.every:
            raise ValueError("silent_after is not longer than every: it would be called silent at each turn")
        if self.again_after > self.again_within:
            raise ValueError("again_after is longer than again_within: nobody would be measured again")
        if any(low >= high for low, high in (self.person, self.ambient, self.distance, self.usual)):
            raise ValueError("person, ambient, distance and usual are each a lower and a higher bound")

    @property
    def worth(self) -> Worth:
        return Worth(self.offset, self.person, self.ambient, self.distance, self.steady, self.again_after)
