"""Where logs go: standard error, where systemd's journal or a terminal reads them."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.dev import ConsoleRenderer
    from structlog.typing import Processor

    from edge.support.recent_log import RecentLog

# structlog loads rich with all that it draws by: 0.1 s that only a command that logs is to take.


def log_to_stderr(*, json: bool, recent: RecentLog | None = None) -> None:
    """Log what the daemon does: readable lines, or JSON for a collector; `recent` keeps the newest."""
    import structlog

    kept: list[Processor] = [] if recent is None else [recent.note]
    as_json: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    _configure(logging.INFO, [*kept, *(as_json if json else [_readable()])])


def quiet_logs() -> None:
    """Only what went wrong, for commands that have an output of their own."""
    _configure(logging.ERROR, [_readable()])


def _readable() -> ConsoleRenderer:
    """Lines to read. Of a failure never the values of variables: they hold passwords, and people."""
    from structlog.dev import ConsoleRenderer, plain_traceback

    return ConsoleRenderer(colors=False, exception_formatter=plain_traceback)


def _configure(level: int, last: list[Processor]) -> None:
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
