"""File modes: what is made here is its owner's alone, unless it is for everybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OTHERS = 0o007


@contextmanager
def closed_to_others() -> Iterator[None]:
    """Files made meanwhile are readable by their owner alone.

    A umask that shuts others out already stays as it is: the one who set it has said what a group may, as the
    units of systemd do.
    """
    before = os.umask(0o077)
    if before & _OTHERS == _OTHERS:
        os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


def open_to_all(path: Path) -> None:
    """Let everybody read a file, or enter a folder, that contains nothing personal."""
    path.chmod(0o755 if path.is_dir() else 0o644)
