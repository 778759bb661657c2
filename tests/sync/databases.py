"""Which of central's databases a test is told of: both in `make test-long`, one of them in `make test`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from zlib import crc32

import pytest

DATABASES = ("sqlite", "postgresql")


def of_short_run(test: str) -> str:
    """The database on which `make test` runs `test`: by its name, so that either has half of them."""
    return DATABASES[crc32(test.encode()) % 2]


def leave_to_long_run(items: Iterable[pytest.Item]) -> None:
    """Mark as `long`, of each two tests that are alike but for the database, the one that `make test` leaves.

    One that has no such other stays, and so do both where they say `both_databases`.
    """
    alike = defaultdict[str, dict[str, pytest.Item]](dict)
    for item in items:
        told = [name for name in DATABASES if re.search(rf"\[(.*-)?{name}(-.*)?\]$", item.nodeid)]
        if told and not any(map(item.get_closest_marker, ("long", "both_databases"))):
            alike[item.nodeid.replace(told[0], "")][told[0]] = item
    for test, forms in alike.items():
        if len(forms) == len(DATABASES):
            for name in {*DATABASES} - {of_short_run(test)}:
                forms[name].add_marker(pytest.mark.long)
