"""Relay boards on the I²C bus: which there are, at which addresses, and how their relays are switched. PURE.

A relay of such a board has no line of the header: nothing outside decides what it does while no process looks
after it. It keeps the state that it was last told (`edge.boards.format.relays_used` says what that forbids).

Sources, read 2026-11: SequentMicrosystems/8relind-rpi, `python/lib8relind/__init__.py` and `src/relay.h`;
SequentMicrosystems/4relind-rpi, `python/4relind/lib4relind/__init__.py` and `src/relay.h`; 52Pi's wiki, page
EP-0099; Texas Instruments, data sheet of the TCA9534 (SCPS197).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec


class RelayModel(StrEnum):
    """Which board it is."""

    SEQUENT_8 = "sequent-8relay"  # Sequent Microsystems 8-RELAYS, version 4 and later
    SEQUENT_4 = "sequent-4relay"  # Sequent Microsystems 4-RELAYS with inputs, up to version 3
    DOCKERPI_4 = "dockerpi-4relay"  # 52Pi EP-0099, DockerPi 4 Channel Relay


class RelayBoard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The relay board that outputs with `relay = N` are on: its model, and its address as it is jumpered."""

    model: RelayModel
    address: int
    bus: int = 1


class ExpanderFacts(msgspec.Struct, frozen=True):
    """A board behind a TCA9534 (or what speaks as it does): the bit of each relay, relay 1 first.

    `inputs` are the bits of its register that are no outputs.
    """

    addresses: tuple[int, ...]
    bits: tuple[int, ...]
    inputs: int = 0

    @property
    def relays(self) -> int:
        return len(self.bits)


class RegisterFacts(msgspec.Struct, frozen=True):
    """A board with a controller of its own: relay N has the register N; 0 is off, `on` is on."""

    addresses: tuple[int, ...]
    relays: int
    on: int


FACTS: Mapping[RelayModel, ExpanderFacts | RegisterFacts] = MappingProxyType(
    {
        RelayModel.SEQUENT_8: ExpanderFacts(
            (*range(0x20, 0x28), *range(0x38, 0x40)), (0x01, 0x04, 0x40, 0x10, 0x20, 0x80, 0x08, 0x02)
        ),
        RelayModel.SEQUENT_4: ExpanderFacts(
            (*range(0x20, 0x28), *range(0x38, 0x40)), (0x80, 0x40, 0x20, 0x10), inputs=0x0F
        ),
        RelayModel.DOCKERPI_4: RegisterFacts((0x10, 0x11, 0x12, 0x13), 4, 0xFF),
    }
)
