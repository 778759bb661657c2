"""What a PIN's hash costs who got hold of the file."""

from __future__ import annotations

import random

from edge.staff.hashing import Pins, pin_hasher


def test_a_pin_is_hashed_with_at_least_what_owasp_asks_for() -> None:
    """Password Storage Cheat Sheet, Argon2id: 19 MiB and two passes."""
    hasher = pin_hasher()
    assert (hasher.type.name, hasher.memory_cost, hasher.time_cost) >= ("ID", 19_456, 2)
    assert Pins(random.randbytes, hasher).hash("294815").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_nobody_s_pin_is_never_right() -> None:
    pins = Pins(random.randbytes)
    held = pins.hash("294815")
    assert [pins.is_right(held, "294815"), pins.is_right(held, "294816"), pins.is_right(None, "294815")] == [
        True,
        False,
        False,
    ]
