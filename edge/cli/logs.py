"""Where logs go: standard error, where systemd's journal or a terminal reads them."""

from __future__ import annotations

import logging
import sys

import structlog

from edge.support.recent_log import RecentLog

_PROCESSORS = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _readable() -> structlog.dev.ConsoleRenderer:
    """Lines to read. Of a failure never the values of variables: they hold passwords, and people."""
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def log_to_stderr(*, json: bool, recent: RecentLog | None = None) -> None:
    """Log what the daemon does: readable lines, or JSON for a collector; `recent` keeps the newest."""
    as_json = (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    structlog.configure(
        processors=[
            *_PROCESSORS,
            *([] if recent is None else [recent.note]),
            *(as_json if json else (_readable(),)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def quiet_logs() -> None:
    """Only what went wrong, for commands that have an output of their own."""
    structlog.configure(
        processors=[*_PROCESSORS, _readable()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
