"""Where logs go: standard error, where systemd's journal or a terminal reads them."""

from __future__ import annotations

import logging
import sys

import structlog


def log_to_stderr(*, json: bool) -> None:
    """Log what the daemon does: readable lines, or JSON for a collector."""
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def quiet_logs() -> None:
    """Only what went wrong, for commands that have an output of their own."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
