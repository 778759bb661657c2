"""Reading a file in TOML that a person wrote: bounded, typed, every mistake named by its key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.errors import ConfigurationError

_MOST_BYTES = 256 * 1024

_File = TypeVar("_File")


def load(path: Path, kind: type[_File]) -> _File:
    """The file as `kind`; relative paths are taken from its own folder. Raises ConfigurationError."""
    folder = path.resolve().parent

    def decode(wanted: type, value: object) -> object:
        if wanted is Path and isinstance(value, str):
            return folder / Path(value).expanduser()
        raise ConfigurationError(f"cannot be read as {wanted.__name__}", where=str(path))

    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigurationError("is too large to be a configuration", where=str(path))
        return msgspec.convert(tomllib.loads(data.decode()), kind, dec_hook=decode)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"is not TOML: {error}", where=str(path)) from None
    except msgspec.ValidationError as error:
        raise ConfigurationError(str(error), where=str(path), remedy="docs/sync.md lists every key") from None
