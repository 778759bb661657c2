"""The API keeps to its own document: whatever is asked, the answer is one that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.central.web.api.operations import Operation
from sync.central.web.api.serving import ALL_OPERATIONS
from tests.examples import LONG
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import console_over_copy

OPERATIONS = [operation for table in ALL_OPERATIONS for operation in table]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def asked(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A program that may do everything."""
    with console_over_copy(town_file, tmp_path_factory.mktemp("openapi")) as console:
        yield token_client(console, 1)


@pytest.fixture(scope="module")
def schema(asked: Any) -> Any:
    return schemathesis.openapi.from_dict(asked.get("/api/openapi.json").json())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: f"{item.method} {item.path}")
def test_every_answer_is_one_that_the_document_names(asked: Any, schema: Any, operation: Operation) -> None:
    base, headers = str(asked.base_url), dict(asked.headers)

    @settings(
        max_examples=10 if LONG else 1, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=schema[operation.path][operation.method].as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=base, headers=headers, checks=CHECKS)

    ask()


def test_the_document_has_every_operation_with_its_scope(asked: Any) -> None:
    paths = asked.get("/api/openapi.json").json()["paths"]
    for operation in OPERATIONS:
        said = paths[operation.path][operation.method.lower()]
        assert operation.act.value in said["description"]
        assert said["summary"]
        assert ("requestBody" in said) is (operation.takes is not None)
