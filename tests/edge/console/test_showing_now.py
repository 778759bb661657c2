"""What the page Now says of a gate at which nobody is: what it is ready for, and nothing that it has not."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from edge.console.showing_now import ShownView


def view(**told: Any) -> Any:
    """What of a view says what the gate is ready for."""
    at = datetime(2026, 3, 3, tzinfo=UTC)
    return SimpleNamespace(monotonic=0.0, at=at, time_zone="Asia/Shanghai", card=None, **told)


@pytest.mark.parametrize(
    ("most", "offers", "preset"),
    [
        (0, (), 0),
        (1, (1,), 1),
        (3, (2, 3), 3),
        (5, (2, 5), 5),
        (10, (2, 5, 10), 5),
        (45, (2, 5, 10, 30, 45), 5),
        (60, (2, 5, 10, 30, 60), 5),
        (1440, (2, 5, 10, 30, 60, 1440), 5),
    ],
)
def test_a_hold_is_offered_for_as_long_as_the_site_allows(
    most: int, offers: tuple[int, ...], preset: int
) -> None:
    shown = ShownView(view(mode="code", faces=True, keypad=True, hold_at_most=most), 0)
    assert (shown.hold_offers, shown.hold_preset) == (offers, preset)


@pytest.mark.parametrize(
    ("mode", "faces", "keypad", "said"),
    [
        ("face_or_code", True, True, "Ready: face, pass, keypad"),
        ("face_or_code", True, False, "Ready: face, pass"),
        ("face_or_code", False, True, "Ready: pass, keypad"),
        ("face_or_code", False, False, "Ready: pass"),
        ("code", True, True, "Ready: pass, keypad"),
        ("code", True, False, "Ready: pass"),
        ("locked", True, True, "Locked: nobody is let in"),
        ("of a later version", True, True, "of a later version"),
    ],
)
def test_it_is_ready_for_what_it_has(mode: str, faces: bool, keypad: bool, said: str) -> None:
    assert ShownView(view(mode=mode, faces=faces, keypad=keypad), 0).ready == said
