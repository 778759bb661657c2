"""What a newer version of the centre wrote, as programs read it: as it is, as the document says."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import httpx
import pytest
import schemathesis
import sqlalchemy as sa

from sync.central.schema import metadata
from sync.central.web.api.operations import Operation
from tests.sync.central.web.addresses import ADDRESSES
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.api.test_api import OPERATIONS, PURPOSE, at, body_of, span_of
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_leaks import ROUTES, address_of
from tests.sync.central.web.test_newer import COLUMNS, UNKNOWN, put_unknown, unknown_rows

READ = [each for each in OPERATIONS if each.method == "GET"]
DONE = [each for each in OPERATIONS if each.method == "POST"]
PAGES = 4
TOLD = {
    "/api/accesses",
    "/api/alarms",
    "/api/alarms/{number}/steps",
    "/api/appeals",
    "/api/appeals/{number}",
    "/api/audit",
    "/api/entry-holds",
    "/api/findings",
    "/api/gates",
    "/api/gates/{device}",
    "/api/gates/{device}/commands",
    "/api/isolations/exits",
    "/api/isolations/visits",
    "/api/report-schedules",
    "/api/reports",
    "/api/reports/{number}",
    "/api/rollouts/{number}",
    "/api/tasks",
    "/api/tasks/{number}/messages",
    "/api/zones",
    "/api/zones/{number}",
}
"""The operations that tell a word of a list that lies in a column."""
ENDED = {
    ("task", "state"): "somebody closes the task",
    ("task", "stuck"): "somebody closes the task",
    ("task_offer", "end"): "somebody closes the task",
    ("zone_gate", "sign"): "somebody removes the zone",
}
"""Columns of which one word goes when everything is asked to be done, and by what."""


@pytest.fixture
def newer(console: Console) -> httpx.Client:
    """A program that may do everything; each list that the town keeps has a word that nobody knows."""
    for route in ROUTES:
        if (route.method, route.path) in ADDRESSES:
            address_of(route, console)  # it makes what the address is of
    put_unknown(console, COLUMNS)
    request, delivery, task, offer = map(_table, ("command_request", "delivery", "task", "task_offer"))
    with console.store.writing() as connection:
        connection.execute(sa.update(request).values(device=console.town.gate.device))
        number = connection.execute(sa.select(sa.func.max(offer.c.number))).scalar_one()
        connection.execute(sa.update(task).where(task.c.number == 1).values(offer=number))
        connection.execute(sa.update(delivery).values(about=f"offer {number}"))
    return token_client(console, 1)


def test_every_list_is_answered_with_words_of_a_newer_version_as_the_document_says(
    console: Console, newer: httpx.Client
) -> None:
    before = unknown_rows(console)
    assert all(before.values()), "nothing is tried"
    document = schemathesis.openapi.from_dict(newer.get("/api/openapi.json").json())
    told = set()
    for operation in READ:
        for params in asked_of(console, operation):
            answer = newer.get(at(console.town, operation.path), headers=PURPOSE, params=params)
            assert answer.status_code == 200, f"{operation.path} {params}: {answer.text}"
            document[operation.path]["GET"].validate_response(answer)
            told |= {operation.path} if UNKNOWN in answer.text else set()
        for answer in pages(newer, console, operation):
            assert answer.status_code == 200, f"{answer.url}: {answer.text}"
    assert told == TOLD
    assert newer.get("/metrics").status_code == 200
    assert unknown_rows(console) == before


def test_what_is_sent_is_of_this_version(console: Console, newer: httpx.Client) -> None:
    parts = newer.get("/api/openapi.json").json()["components"]["schemas"]
    assert parts["Sign"]["enum"] == ["as_is", "in", "out", "reversed"]
    assert parts["SignTold"]["examples"] == parts["Sign"]["enum"]
    zone = {"name": "x", "place": console.town.street}
    gate = {"site": console.town.site.file.id, "gate": "north", "sign": UNKNOWN}
    assert newer.post("/api/zones", json=zone | {"gates": [gate]}).status_code == 422


def test_what_is_asked_to_be_done_is_done_or_refused_and_leaves_what_it_does_not_know(
    console: Console, newer: httpx.Client
) -> None:
    before = unknown_rows(console)
    for operation in DONE:
        path = at(console.town, operation.path)
        sent = body_of(console.town, operation.path) | span_of(console.town, path)
        answer = newer.post(path, headers=PURPOSE, **sent)
        assert answer.status_code in {200, 404, 422}, f"{path}: {answer.text}"
    left = {column: before[column] - count for column, count in unknown_rows(console).items()}
    assert {column: count for column, count in left.items() if count} == dict.fromkeys(ENDED, 1)


def asked_of(console: Console, operation: Operation) -> Iterator[dict[str, Any]]:
    """What an operation may be asked: all, and by each word of each filter."""
    span = span_of(console.town, at(console.town, operation.path)).get("params", {})
    yield span
    for name, kind in get_type_hints(operation.handler).items():
        for each in (kind, *get_args(kind)):
            words = [True, False] if each is bool else []
            if isinstance(each, type) and issubclass(each, Enum):
                words = [word.value for word in each]
            yield from (span | {name: word} for word in words)


def pages(client: httpx.Client, console: Console, operation: Operation) -> Iterator[httpx.Response]:
    """The answers of an operation from page to page, an item on each."""
    if "before" not in get_type_hints(operation.handler):
        return
    path = at(console.town, operation.path)
    span = span_of(console.town, path).get("params", {})
    before = ""
    for _ in range(PAGES):
        answer = client.get(path, headers=PURPOSE, params=span | {"count": 1, "before": before})
        yield answer
        before = answer.json().get("next")
        if before is None:
            return


def _table(name: str) -> sa.Table:
    return metadata.tables[name]
