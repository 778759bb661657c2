"""Statements that are compiled once for all databases of a kind: each test has a database of its own, and to
make SQL of each statement anew was a quarter of what central's tests took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import LRUCache

_KEPT = 4000


@contextmanager
def compiled_once() -> Iterator[None]:
    """Until the block ends, engines of one kind of database share what they have compiled."""
    make, shared = sa.create_engine, defaultdict[type, Any](lambda: LRUCache(_KEPT))
    alike: Callable[[Any], type] = cache(_alike)

    def create_engine(*words: Any, **options: Any) -> sa.Engine:
        engine = make(*words, **options)
        # What was compiled is kept by the statement and its dialect, of which each engine has its own.
        kind = alike(type(engine.dialect))
        engine.dialect.__class__ = kind
        engine._compiled_cache = shared[kind]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", create_engine)
        yield


def _alike(dialect: type[sa.Dialect]) -> type[sa.Dialect]:
    """The dialect, each of which is equal to those of the same server's version."""

    def is_equal(one: Any, other: Any) -> bool:
        return type(one) is type(other) and one.server_version_info == other.server_version_info

    members = {"supports_statement_cache": True, "__eq__": is_equal, "__hash__": lambda _: hash(dialect)}
    return type(dialect.__name__, (dialect,), members)
