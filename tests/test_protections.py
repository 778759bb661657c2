"""The protections that `make protections` takes away are still there to be taken, and so are their tests."""

from __future__ import annotations

import ast

import pytest

from tests.bench.protections import Protection, protections
from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "decisions" / "0070-a-runner-of-mutants-of-our-own.md"


@pytest.mark.parametrize("one", protections(), ids=lambda one: one.without)
def test_what_is_taken_away_is_there_and_so_is_the_test_that_notices(one: Protection) -> None:
    for change in one.changes:
        assert (REPOSITORY / change.file).read_text().count(change.old) == 1, change.file
    file, _, name = one.test.partition("::")
    tests = ast.parse((REPOSITORY / file).read_text()).body
    assert name in {node.name for node in tests if isinstance(node, ast.FunctionDef)}


def test_the_page_lists_them() -> None:
    rows = [f"| {one.without} | `{one.test.partition('::')[0]}` |" for one in protections()]
    found = [line for line in PAGE.read_text().splitlines() if "| `tests/" in line]
    assert found == rows
