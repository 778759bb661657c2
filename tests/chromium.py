"""Debian's Chromium, driven by Playwright: for tests of pages, and for pictures of them."""

from __future__ import annotations

import shutil
from typing import Any

# The first draws no window: a third of the CPU (ten contexts, a click and a picture each: 1.8 s beside 5.3).
PROGRAMS = ("chromium-headless-shell", "chromium")


def chromium() -> str | None:
    """The program of these that is installed; None: neither."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def launched(driver: Any, *arguments: str) -> Any:
    """A browser of Playwright's `driver`, without a sandbox: tests run as root."""
    return driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *arguments])
