"""Routes are laid as they are declared: of who may not come, a large body is not even read."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form, Request

from edge.web.laying import lay
from edge.web.routes import BODY, PUBLIC, DeclaredRoutes, Public
from tests.apart import run_apart


class Barred(Exception):
    """Whoever asks may not."""


def barring(_: Request) -> None:
    raise Barred


@pytest.mark.parametrize(
    ("right", "body", "read"), [("may", BODY + 1, False), ("may", BODY, True), (PUBLIC, BODY + 1, True)]
)
def test_a_large_body_is_read_of_nobody_who_may_not_send_it(
    right: str | Public, body: int, *, read: bool
) -> None:
    table, app, pieces = DeclaredRoutes[str](), FastAPI(), 0

    @table.declare("POST", "/photograph", right, body)
    def handler(name: Annotated[str, Form()]) -> None:
        raise LookupError(name)

    async def receive() -> dict[str, Any]:
        nonlocal pieces
        pieces += 1
        return {"type": "http.request", "body": b"name=li-na", "more_body": False}

    async def send(_: object) -> None:
        return

    lay(app, table, barring)
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"gate")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/photograph",
        "query_string": b"",
    }
    with pytest.raises(LookupError if read else Barred):
        run_apart(lambda: app({**scope, "query_string": b"", "headers": headers}, receive, send))
    assert bool(pieces) is read
