"""The console's pages, a module for each part: `ALL_PAGES` are the tables of routes that they declare."""

from __future__ import annotations

from edge.console.pages import (
    camera,
    enrol,
    gate,
    health,
    home,
    installer,
    metrics,
    now,
    own,
    passkeys,
    people,
    screen,
    shift,
    sign_in,
    staff,
    stream,
)

# In this order a path is looked for.
ALL_PAGES = (
    home.PAGES,
    health.PAGES,
    sign_in.PAGES,
    shift.PAGES,
    own.PAGES,
    passkeys.PAGES,
    staff.PAGES,
    stream.PAGES,
    people.PAGES,
    gate.PAGES,
    enrol.PAGES,
    installer.PAGES,
    camera.PAGES,
    screen.PAGES,
    metrics.PAGES,
    now.PAGES,
    # One line a part.
)

__all__ = ["ALL_PAGES"]
