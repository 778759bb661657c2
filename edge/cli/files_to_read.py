"""Files and folders that a command only reads: where one is not there, the words are wrong (exit 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from edge.errors import ConfigurationError


@dataclass(frozen=True)
class Reads:
    """Marks a parameter whose path, or each of whose paths, has to be there; else what is to be done."""

    remedy: str


ToRead = Reads("mistyped?")


def parameters_to_read(does: Callable[..., Any]) -> Iterator[tuple[str, Reads]]:
    """The parameters of a command that are marked."""
    for name, hint in get_type_hints(does, include_extras=True).items():
        for mark in _marks_of(hint):
            yield name, mark


def refuse_what_is_not_there(does: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for the first file that was named to be read and is not there.

    It is asked before anything is done, so that it ends alike whichever part would read the file.
    """
    named = {name: paths for name, value in given.items() if (paths := list(_paths_in(value)))}
    for name, mark in parameters_to_read(does) if named else ():
        for path in named.get(name, ()):
            if not path.exists():
                raise ConfigurationError("No such file or directory", where=str(path), remedy=mark.remedy)


def _marks_of(hint: Any) -> Iterator[Reads]:
    for part in get_args(hint):
        if isinstance(part, Reads):
            yield part
        yield from _marks_of(part)


def _paths_in(value: object) -> Iterator[Path]:
    for each in value if isinstance(value, tuple | list) else (value,):
        if isinstance(each, Path):
            yield each
