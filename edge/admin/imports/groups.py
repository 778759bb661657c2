"""Reads who is in which group, from a table of `id` and `group`: bounded, and a bad row named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge.admin.ids import checked_id
from edge.admin.imports.tables import Row, in_column, plain, read_table
from edge.errors import ConfigurationError, RegistryError

MOST_GROUPS = 64
MOST_CHARACTERS = 64
_COLUMNS = ("id", "group")


def read_groups(file: Path) -> dict[str, str]:
    """The group of each id; raises RegistryError that names the line and the column."""
    found: dict[str, tuple[int, str]] = {}
    named: set[str] = set()
    for line, row in read_table(file, _COLUMNS, _COLUMNS).rows:
        try:
            identity, group = _named(row)
            if identity in found:
                what = f"column id: {identity!r} is in line {found[identity][0]} already"
                raise RegistryError(
                    what, remedy="one group for each; a table of its own for another division"
                )
            named.add(group)
            if len(named) > MOST_GROUPS:
                raise RegistryError(f"column group: {group!r} makes more than {MOST_GROUPS} groups")
        except RegistryError as error:
            raise RegistryError(error.what, where=f"{file}, line {line}", remedy=error.remedy) from None
        found[identity] = line, group
    if not found:
        raise RegistryError("nobody is in it", where=str(file), remedy="a line for each person: id,group")
    return {identity: group for identity, (_, group) in found.items()}


def read_divisions(files: Iterable[Path]) -> dict[str, dict[str, str]]:
    """By the name of each table who is in which group of it; raises ConfigurationError for one name twice."""
    divisions: dict[str, dict[str, str]] = {}
    for file in files:
        if file.stem in divisions:
            raise ConfigurationError(f"two tables are called {file.stem!r}", remedy="rename one of them")
        divisions[file.stem] = read_groups(file)
    return divisions


def _named(row: Row) -> tuple[str, str]:
    if row.problem is not None:
        raise RegistryError(row.problem)
    return in_column("id", checked_id, row.get("id", "")), in_column("group", _group, row.get("group", ""))


def _group(text: str) -> str:
    if not text:
        raise RegistryError("is empty", remedy="leave the line out where the group is not known")
    if len(text) > MOST_CHARACTERS:
        raise RegistryError(f"{text[:MOST_CHARACTERS]!r} and more: longer than {MOST_CHARACTERS} characters")
    return plain(text)
