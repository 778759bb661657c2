"""policy.toml, read and checked before it is signed: at a site and at the centre alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.decision import Policy
from edge.errors import ConfigurationError
from edge.support.phrases import phrase
from edge.support.toml import Document, read_toml, typed

_EVERYTHING_WITHOUT = {
    "groups": phrase("everybody whom the registry knows"),
    "gates": phrase("every gate"),
    "periods": phrase("always"),
    "days": phrase("every day"),
}
"""Keys of lists, with what leaving them out means: an empty list could be taken for that, or for nothing."""


def read_policy(path: Path) -> Policy:
    """The checked policy; raises ConfigurationError that names file and key."""
    return policy_in(read_toml(path))


def policy_in(document: Document) -> Policy:
    """The checked policy that a document says; raises ConfigurationError that names place and key."""
    policy = typed(document, Policy, phrase("docs/policy.md lists the keys"))
    for where, key in _empty_lists(document.table, ""):
        raise ConfigurationError(
            phrase("%(key)s is an empty list", key=key),
            where=f"{document.where}, {where}",
            remedy=phrase(
                "name at least one, or leave %(key)s out: that means %(meant)s",
                key=key,
                meant=_EVERYTHING_WITHOUT[key],
            ),
        )
    return policy


def _empty_lists(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Where in a table an empty list stands that could be taken for everything: the path, and the key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{where}.{key}" if where else key
            if inner == [] and key in _EVERYTHING_WITHOUT:
                yield path, key
            yield from _empty_lists(inner, path)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            name = inner.get("id", index) if isinstance(inner, dict) else index
            yield from _empty_lists(inner, f"{where}[{name}]")
