"""What an installer sees of scanners and keypads: that something came, and nothing that opens a gate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import ClockTrust
from edge.devices.clock import FixedClock
from edge.runtime.main_loop import Heard
from edge.runtime.typed_numbers import NumberRead
from edge.scanners.core import CodeScanned, PinTyped, ReaderState, ScannerReport
from edge.staff.installer.readings import Readings

CLOCK = FixedClock(datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED)


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        (CodeScanned("desk", "GP1:secretsecret", 16, 0.0), "code"),
        (CodeScanned("desk", "GP1:s", 5, 0.0), "code"),
        (NumberRead("desk", "number:00ff"), "number"),
        (PinTyped("desk", "1042", "294815"), "number"),
        (ScannerReport("desk", ReaderState.STUCK, 0.0), "state"),
    ],
)
def test_what_came_is_shown_masked(heard: Heard, kind: str) -> None:
    readings = Readings(CLOCK)
    readings.hear(heard)
    [reading] = readings.newest
    assert (reading.name, reading.what) == ("desk", kind)
    for secret in ("secret", "00ff", "1042", "294815"):
        assert secret not in repr(reading)
