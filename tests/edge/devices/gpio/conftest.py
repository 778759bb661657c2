"""The header that the tests of this folder use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.boards.format import Computer
from edge.devices.pins import PinFactory, gpio_pins
from tests.edge.devices.c_library import stand_in
from tests.edge.devices.gpio.header import SIMULATOR, StandIn, Wires, simulated

KERNEL_ASKED_FOR = "GPIO_SIM" in os.environ
"""`make gpio-sim`: no skip and no stand-in instead, but a failure where the kernel has no simulator."""

collect_ignore = [] if KERNEL_ASKED_FOR else ["test_kernel.py"]


@pytest.fixture(params=["gpio-sim"] if KERNEL_ASKED_FOR else ["stand-in"])
def wires(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wires]:
    """What is wired to the header of a Raspberry Pi 4."""
    if request.param == "gpio-sim":
        assert SIMULATOR.is_dir(), "the kernel has no gpio-sim here: modprobe gpio-sim"
        with simulated(f"gatepost-{os.getpid()}") as chip:
            yield chip
        return
    lines = StandIn()
    lines.kernel = stand_in(lines, monkeypatch.setattr, tmp_path)
    yield lines


@pytest.fixture
def pins(wires: Wires) -> Iterator[PinFactory]:  # noqa: ARG001 - they are wired first
    with closing(gpio_pins(Computer.PI_4)) as factory:
        yield factory
