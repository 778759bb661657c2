"""Reading a file in TOML that a person wrote: bounded, typed, every mistake named by its key."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from edge.errors import ConfigurationError
from edge.support.toml import read_toml, typed

_File = TypeVar("_File")


def load(path: Path, kind: type[_File]) -> _File:
    """The file as `kind`; relative paths are taken from its own folder. Raises ConfigurationError."""
    folder = path.resolve().parent

    def decode(wanted: type, value: object) -> object:
        if wanted is Path and isinstance(value, str):
            return folder / Path(value).expanduser()
        raise ConfigurationError(f"cannot be read as {wanted.__name__}", where=str(path))

    return typed(read_toml(path), kind, str(path), "docs/sync.md lists every key", decode)
