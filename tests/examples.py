"""How many examples a property is tried on: some in `make test`, all of them in `make test-long`.

What is tried is derandomized: the few are the first of the many.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

LONG = bool(os.environ.get("LONG"))
_Value = TypeVar("_Value")


def tried(examples: int) -> int:
    """A fifth of `examples`, at least ten, where this is no long run."""
    return examples if LONG else min(examples, max(10, examples // 5))


def few(values: Sequence[_Value], most: int) -> Sequence[_Value]:
    """At most `most` of `values`, spread evenly from the first to the last; all of them in a long run."""
    if LONG or len(values) <= most:
        return values
    return [values[round(place * (len(values) - 1) / max(1, most - 1))] for place in range(most)]


def alike(values: Iterable[Any], *, short: int = 1) -> list[ParameterSet]:
    """Parameters that show the same: the first of them in `make test`, all in `make test-long`."""
    made = [value if isinstance(value, ParameterSet) else _parameters(value) for value in values]
    return [*made[:short], *(each._replace(marks=[*each.marks, pytest.mark.long]) for each in made[short:])]


def _parameters(value: Any) -> ParameterSet:
    return pytest.param(*value) if type(value) is tuple else pytest.param(value)
