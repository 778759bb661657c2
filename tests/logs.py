"""The log of what a test calls itself: readable, on standard error, and of a failure no values of variables.

structlog's own default formats every local of every frame: three seconds of CPU, of a page that fails. And it
prints to standard output, where a gate in a thread wrote between the lines of a command that a test called.
"""

from __future__ import annotations

import sys

import structlog


def log_plainly() -> None:
    """Log as no command has set it up yet."""
    structlog.reset_defaults()
    *before, _ = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*before, _PLAIN], logger_factory=lambda *_: structlog.PrintLogger(sys.stderr)
    )


_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
