"""Reading a file in TOML that a person wrote: bounded, typed, every mistake named by its key."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from edge.support.toml import paths_beside, read_toml, typed

_File = TypeVar("_File")


def load(path: Path, kind: type[_File]) -> _File:
    """The file as `kind`; relative paths are taken from its own folder. Raises ConfigurationError."""
    return typed(read_toml(path), kind, "docs/sync.md lists every key", paths_beside(path))
