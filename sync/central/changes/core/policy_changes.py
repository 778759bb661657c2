"""What a policy changes, key by key, in meaning and not in text; and the text without some of it. PURE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

import msgspec

from edge.decision import Policy
from edge.errors import ConfigurationError

_MOST_PLACES = 8
"""Places at which two texts differ, up to which each selection of them is tried."""


@dataclass(frozen=True)
class PolicyLine:
    """A key whose meaning changes: what it says now and what it will say. "": it is not there."""

    number: int
    key: str
    before: str
    after: str


def policy_lines(before: Policy, after: Policy) -> tuple[PolicyLine, ...]:
    """The keys in which two policies differ. A key that is left out means its default."""
    held, new = _flat(before), _flat(after)
    keys = [key for key in {**held, **new} if held.get(key, "") != new.get(key, "")]
    return tuple(
        PolicyLine(number, key, held.get(key, ""), new.get(key, ""))
        for number, key in enumerate(sorted(keys), 1)
    )


def without_lines(
    before: str, after: str, without: Collection[int], parse: Callable[[str], Policy]
) -> str | None:
    """The text `after` without the changes of these lines, comments kept; None if they cannot be taken apart.

    Texts differ in places; the fewest of them are put back that leave exactly the other lines changed.
    `parse` reads a text, and raises ConfigurationError where it is no policy.
    """
    lines = policy_lines(parse(before), parse(after))
    wanted = {(line.key, line.before, line.after) for line in lines if line.number not in without}
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matched = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    places = [at for at, (tag, *_) in enumerate(matched) if tag != "equal"]
    if len(places) > _MOST_PLACES:
        return None
    for size in range(1, len(places) + 1):
        for back in combinations(places, size):
            text = "".join(
                "".join(old[a:b] if at in back else new[c:d]) for at, (_, a, b, c, d) in enumerate(matched)
            )
            if _changes(before, text, parse) == wanted:
                return text
    return None


def _changes(before: str, after: str, parse: Callable[[str], Policy]) -> set[tuple[str, str, str]] | None:
    try:
        lines = policy_lines(parse(before), parse(after))
    except ConfigurationError:
        return None
    return {(line.key, line.before, line.after) for line in lines}


def _flat(policy: Policy) -> dict[str, str]:
    return dict(_leaves(msgspec.to_builtins(policy), ""))


def _leaves(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Every value by its key as policy.toml writes it; a rule in a list goes by its id."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple) and any(isinstance(item, dict) and "id" in item for item in value):
        for item in value:
            yield from _leaves(
                {name: inner for name, inner in item.items() if name != "id"}, f"{key}[{item['id']}]"
            )
    else:
        yield key, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(_shown, value))) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if value is None:
        return "none"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
