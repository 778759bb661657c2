"""Instants and directions for the tests of counting."""

from __future__ import annotations

from datetime import UTC, datetime

from edge.decision import ClockTrust, Direction

IN, OUT = Direction.ENTRY, Direction.EXIT


TRUSTED, HOLDOVER, UNTRUSTED = ClockTrust


D1 = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)  # noon at the site
