"""The command line in this process: a start of Python and its libraries for every line is time nobody has.

What only a process of its own can show (streams that close, signals, exit codes as a shell sees them) has
tests of its own, which start one.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import structlog

from edge.cli.main import run
from sync.cli.main import GROUPS
from tests.waiting import soon

Done = subprocess.CompletedProcess[str]


def called(*words: str | Path, cwd: Path | None = None) -> Done:
    """What `gatepost WORDS`, called in `cwd`, ends with and prints; what it raises unhandled is raised."""
    line = [str(word) for word in words]
    out, err = io.StringIO(), io.StringIO()
    before = structlog.get_config() if structlog.is_configured() else None
    try:
        with (
            chdir(cwd or Path.cwd()),
            patch.dict(os.environ),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            run(GROUPS, line)
    except SystemExit as ended:
        code = ended.code
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
    assert code is None or isinstance(code, int), f"{line} ended with {code!r}"
    return Done(line, code or 0, out.getvalue(), err.getvalue())


def called_beside(*words: str | Path, meanwhile: Callable[[], object]) -> Done:
    """As `called`, while this thread does `meanwhile` over and over: it answers what the command asks."""
    with ThreadPoolExecutor(1) as shell:
        done = shell.submit(called, *words)
        soon(done.done, meanwhile=meanwhile)
        return done.result()
