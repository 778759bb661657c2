"""Arguments that mean the same in every command, and where a file is looked for that nobody named."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, Token, convert

from edge.admin.times import end_of

if TYPE_CHECKING:
    from edge.configuration import GateConfiguration

_GATE_FILE = Path("/etc/gatepost/gate.toml")


def as_in_files(name: str) -> str:
    """A word as it is written in configuration files, policy and journal: `face_or_code`."""
    return name.lower().replace("-", "_")


AsInFiles = Parameter(name_transform=as_in_files)


def _until(_: object, tokens: Sequence[Token]) -> datetime:
    return end_of(tokens[0].value)


Until = Annotated[
    datetime | None, Parameter(converter=_until, help="The end, exclusive; of a day that is named: its end.")
]
"""A time by which something ends: `2026-11-25` means the end of that day."""
Since = Annotated[datetime | None, Parameter(help="The begin (ISO 8601); by default now.")]

GateFile = Annotated[
    Path | None,
    Parameter(
        name="--config",
        help=f"The gate's gate.toml; by default the current folder's, else {_GATE_FILE}.",
    ),
]
SubjectId = Annotated[str, Parameter(name="SUBJECT", help="The person's id.")]


def _lasting(_: object, tokens: Sequence[Token]) -> timedelta:
    try:
        found: timedelta = convert(timedelta, [tokens[0].value])
    except OverflowError:
        found = timedelta.max
    if not timedelta() < found <= _LONGEST:
        raise ValueError("it lasts for more than nothing, and for 100 years at most")
    return found


_LONGEST = timedelta(days=36_525)
LASTING = Parameter(converter=_lasting)
"""A time that something holds: 30d, 12h."""


def _somebody(_: object, name: str) -> None:
    if not name.strip():
        raise ValueError("Who is it? Name somebody.")


Actor = Annotated[
    str, Parameter(name="--actor", help="Who does it: a staff member's name.", validator=_somebody)
]


def named_or_usual(file: Path | None, usual: Path) -> Path:
    """`file`; where nobody named one, that of the usual name in the current folder, else the units'."""
    if file is not None:
        return file
    here = Path(usual.name)
    # Path.exists() raises where the current folder is another user's, as after `sudo -u` in root's.
    return here if os.access(here, os.F_OK) else usual


def gate_file(config: Path | None) -> Path:
    return named_or_usual(config, _GATE_FILE)


def gate_configuration(config: Path | None) -> GateConfiguration:
    """The gate.toml that is meant; raises ConfigurationError."""
    from edge.configuration import load_configuration

    return load_configuration(gate_file(config))


def aware(value: datetime | None) -> datetime | None:
    """A time without a zone in UTC."""
    return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


def plain(value: Any) -> dict[str, Any]:
    """A struct's fields for an answer."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return fields
