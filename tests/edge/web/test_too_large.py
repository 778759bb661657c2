"""What is too large is refused in words; every other answer is left as it is."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from edge.web.too_large import SaysTooLarge
from tests.apart import run_apart


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def own_words(_: Request) -> Response:
    return JSONResponse({"most": 9}, 413)


APP = Starlette(
    routes=[Route("/read", read, methods=["POST"]), Route("/own", own_words, methods=["POST"])],
    max_body_size=100,
)


def post(path: str, size: int) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(SaysTooLarge(APP))
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return await client.post(path, content=b"x" * size)

    return run_apart(asked)


def test_it_is_said_in_both_languages_with_what_to_do() -> None:
    answer = post("/read", 101)
    assert answer.status_code == 413
    assert "send less" in answer.text
    assert "请返回" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("path", "said"), [("/read", "100"), ("/own", '{"most":9}')])
def test_another_answer_stays(path: str, said: str) -> None:
    assert post(path, 100).text == said
