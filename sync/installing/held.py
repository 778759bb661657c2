"""The central.toml of a centre that is there: what setup goes by, and what it adds. What somebody wrote
stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from edge.errors import ConfigurationError
from edge.support.toml import toml_in
from sync.central.configuration import load_configuration


@dataclass(frozen=True)
class HeldCentre:
    """What a central.toml says of the database, and whether RabbitMQ's nodes are its broker."""

    url: str
    has_nodes: bool


def held_at(path: Path) -> HeldCentre | None:
    """What the central.toml at `path` says; None where there is none. Raises ConfigurationError."""
    try:
        if not path.exists():
            return None
    except PermissionError:
        raise _only_root(path) from None
    try:
        configuration = load_configuration(path)
    except ConfigurationError:
        if not _is_readable(path):
            raise _only_root(path) from None
        raise
    return HeldCentre(configuration.store.url, configuration.broker.is_amqp)


@dataclass(frozen=True)
class MergedConfiguration:
    """A central.toml as it is to be, which of its tables that changes, and the keys that say otherwise than
    was asked for, and stay.
    """

    text: str
    changed: tuple[str, ...]
    stay: tuple[str, ...]


def merged(
    held: bytes, wanted: bytes, earlier: bytes, asked: tuple[str, ...], where: str
) -> MergedConfiguration:
    """`held` with the tables `asked` of `wanted`, where it has none, or the one of `earlier`. Raises
    ConfigurationError.
    """
    there = toml_in(held, where)
    wish, before = toml_in(wanted, where).table, toml_in(earlier, where).table
    document, new = tomlkit.parse(there.text), tomlkit.parse(wanted.decode())
    changed = []
    for name in asked:
        value = there.table.get(name)
        if value == wish[name]:
            continue
        if value is None or value == before.get(name):
            changed.append(name)
            document[name] = new[name]
    text = tomlkit.dumps(document)
    return MergedConfiguration(
        text, tuple(changed), tuple(_otherwise(toml_in(text.encode(), where).table, wish))
    )


def _otherwise(there: dict[str, object], wish: dict[str, object]) -> Iterator[str]:
    """The keys that are there with another value. One that is not there was taken out by somebody."""
    for name, keys in wish.items():
        table = there.get(name)
        if isinstance(table, dict) and isinstance(keys, dict):
            yield from (f"[{name}] {key}" for key, value in keys.items() if table.get(key, value) != value)


def _is_readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


def _only_root(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "only root can read it", where=str(path), remedy="sudo gatepost central setup …"
    )
