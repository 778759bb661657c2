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
