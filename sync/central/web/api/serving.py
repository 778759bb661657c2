"""Puts the API's operations into an application, with its document at /api/openapi.json."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain
from threading import Lock

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from sync.central.web.api import (
    alarms,
    appeals,
    employers,
    flow,
    gate_invitations,
    history,
    isolation,
    metrics,
    operating,
    oversight,
    people,
    places,
    reports,
    rollouts,
    tasks,
    temperature,
    visits,
    zones,
)
from sync.central.web.api.calls import Rates
from sync.central.web.api.operations import Operation, Operations
from sync.central.web.api.problems import ApiRefusal, problem_answer
from sync.central.web.api.schema import openapi_of

ALL_OPERATIONS: tuple[Operations, ...] = (
    places.OPERATIONS,
    people.OPERATIONS,
    isolation.OPERATIONS,
    visits.OPERATIONS,
    alarms.OPERATIONS,
    tasks.OPERATIONS,
    employers.OPERATIONS,
    appeals.OPERATIONS,
    flow.OPERATIONS,
    zones.OPERATIONS,
    operating.OPERATIONS,
    gate_invitations.OPERATIONS,
    rollouts.OPERATIONS,
    oversight.OPERATIONS,
    reports.OPERATIONS,
    temperature.OPERATIONS,
    history.OPERATIONS,
)
API = "/api/"
"""How every address of the API begins: below it only tokens count."""
DOCUMENT = f"{API}openapi.json"


def count_calls(app: FastAPI) -> None:
    """Have `app` count each program's calls, from none on."""
    app.state.api_rates = Rates()


def serve_api(app: FastAPI, operations: Iterable[Operations] = ALL_OPERATIONS) -> None:
    """Have `app` answer the API's operations, and the document that describes them."""
    every: tuple[Operation, ...] = tuple(chain.from_iterable(operations))
    app.state.api_acts = {(item.method, item.path): item.act for item in every}
    for item in every:
        app.add_api_route(
            item.path,
            item.handler,
            methods=[item.method],
            response_model=None,
            summary=item.summary,
            responses={422: {"description": "what was sent cannot be done or read"}},
            max_body_size=item.body,
        )
    metrics.serve_metrics(app)

    writing = Lock()

    @cache
    def text() -> bytes:
        return msgspec.json.encode(openapi_of(app, every))

    def document() -> Response:
        """Written when it is first asked for: to write it takes as long as to lay the routes."""
        with writing:  # a cache lets all who come at once write it
            return Response(text(), media_type="application/json")

    app.add_api_route(DOCUMENT, document, methods=["GET"], response_model=None, include_in_schema=False)
    app.add_exception_handler(ApiRefusal, _refused)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiRefusal)  # noqa: S101 - the handler is registered for nothing else
    return problem_answer(error.problem, error.headers)
