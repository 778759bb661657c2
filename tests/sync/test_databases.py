"""Each test of central's is told of one database in every run, and of the other in the long one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sync.databases import DATABASES, of_short_run


def test_each_database_is_told_of_half_of_the_tests() -> None:
    chosen = Counter(of_short_run(f"tests/sync/test_it.py::test_{number}[]") for number in range(400))
    assert {*chosen} == {*DATABASES}
    assert min(chosen.values()) > 150


@pytest.mark.parametrize("database", DATABASES)
def test_the_form_that_is_left_to_the_long_run_is_marked(
    request: pytest.FixtureRequest, database: str
) -> None:
    left = request.node.get_closest_marker("long") is not None
    assert left is (of_short_run(request.node.nodeid.replace(database, "")) != database)


@pytest.mark.parametrize("database", [DATABASES[0]])
def test_one_that_has_no_other_form_runs(request: pytest.FixtureRequest, database: str) -> None:
    assert request.node.get_closest_marker("long") is None
    del database
