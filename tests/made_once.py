"""What the processes that share the tests make together: one makes it, and the others wait for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The file that `make(path)` has made, by whichever process came first. It is read and copied, and never
    altered.
    """
    own, shared = folders.getbasetemp(), shared_folder(folders)
    made = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not made.exists():
            under_way = own / name  # one that fails half way leaves nothing that another takes for whole
            make(under_way)
            under_way.replace(made)
    return made


def shared_folder(folders: pytest.TempPathFactory) -> Path:
    """A folder of all processes that share the tests."""
    own = folders.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
