"""The central.toml of a centre that is there: what setup goes by, and what it adds. What somebody wrote
stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit.items import Item, Table

from edge.errors import ConfigurationError
from edge.support.files import read_bounded
from edge.support.toml import toml_in
from sync.central.configuration import load_configuration
from sync.installing.plan import InstallingAct, Step

MOST_BYTES = 1 << 20
_TOGETHER = ("broker", "adoption")
"""Central's broker, and the one that new gates are sent to: one without the other cuts those gates off."""


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
    ConfigurationError, also where the broker would be switched half-way.
    """
    there = toml_in(held, where)
    wish, before = toml_in(wanted, where).table, toml_in(earlier, where).table
    document, new = tomlkit.parse(there.text), tomlkit.parse(wanted.decode())
    changed = [
        name
        for name in asked
        if there.table.get(name) != wish[name] and there.table.get(name) in (None, before.get(name))
    ]
    _refuse_half(there.table, wish, before, set(changed), set(asked), where)
    for name in changed:
        old = document.get(name)
        document[name] = new[name]
        _keep_end(old, new[name])
    text = tomlkit.dumps(document)
    return MergedConfiguration(
        text, tuple(changed), tuple(_otherwise(toml_in(text.encode(), where).table, wish))
    )


def refuse_beforehand(steps: Iterable[Step]) -> None:
    """Raise ConfigurationError where a central.toml that is there cannot become what `steps` ask for: before
    the first step, as the others are for nothing then.
    """
    for step in steps:
        if step.act is InstallingAct.CONFIGURATION and step.path.exists():
            merged(read_bounded(step.path, MOST_BYTES), step.data, step.earlier, step.asked, step.where)


def _refuse_half(
    there: dict[str, object],
    wish: dict[str, object],
    before: dict[str, object],
    changed: set[str],
    asked: set[str],
    where: str,
) -> None:
    """Refuse to switch the broker where a table of it was written by somebody, and names the earlier one."""
    together = {name: wish[name] for name in _TOGETHER if name in asked}
    own = {name: table for name, table in together.items() if name not in changed}
    stay = tuple(_otherwise(there, own))
    if not stay:
        return
    switches = bool(changed & together.keys())
    # Nodes that are others than before are no switch: their tables name no broker of this machine any more.
    if switches or any(_is_earlier(there, wish, before, name) for name in own):
        now = "; ".join(line for name, table in together.items() for line in _lines(name, table))
        by_hand = ", ".join(_by_hand(there, own, before) or stay)
        raise ConfigurationError(
            f"the broker cannot be switched: changed by hand: {by_hand}",
            where=where,
            remedy=f"write both tables yourself and run this again ({now}); or take out what you wrote in "
            "them, and put it back afterwards",
        )


def _lines(name: str, table: object) -> Iterator[str]:
    """What stands in a table, each key as it is written in TOML."""
    if isinstance(table, dict):
        for key, value in table.items():
            if isinstance(value, dict):
                yield from _lines(f"{name}.{key}", value)
            else:
                yield f"[{name}] {key} = {tomlkit.item(value).as_string()}"


def _by_hand(there: dict[str, object], own: dict[str, object], before: dict[str, object]) -> tuple[str, ...]:
    """The keys of these tables that say neither what setup wrote earlier nor what it writes now."""
    found = []
    for name, new in own.items():
        held, old = there.get(name), before.get(name)
        if isinstance(held, dict) and isinstance(new, dict) and isinstance(old, dict):
            keys = dict.fromkeys((*held, *old))
            found += [f"[{name}] {key}" for key in keys if held.get(key) not in (old.get(key), new.get(key))]
    return tuple(found)


def _is_earlier(
    there: dict[str, object], wish: dict[str, object], before: dict[str, object], name: str
) -> bool:
    """Whether a key of the table still says what setup wrote earlier, and now writes otherwise."""
    held, new, old = there.get(name), wish[name], before.get(name)
    if not (isinstance(held, dict) and isinstance(new, dict) and isinstance(old, dict)):
        return False
    return any(key in new and new[key] != value and held.get(key) == value for key, value in old.items())


def _keep_end(old: object, new: Item) -> None:
    """Keep the comments at the end of a table that is replaced: they stand above what follows there. It is in
    its place already: tomlkit puts a line of its own at its end there.
    """
    if not (isinstance(old, Table) and isinstance(new, Table)):
        return
    body, kept = new.value.body, old.value.body
    while body and body[-1][0] is None:
        body.pop()
    last = max((index for index, (key, _) in enumerate(kept) if key is not None), default=-1)
    body.extend(kept[last + 1 :])


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
