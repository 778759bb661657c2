"""Lays declared routes onto an application: who may not send a large body is refused before it is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from edge.web.routes import BODY, Public, Route

VisitOf = Callable[[Request], object]


def lay(app: FastAPI, routes: Iterable[Route[Any]], visit_of: VisitOf) -> None:
    """Have `app` answer at `routes`; `visit_of` raises where a request is not allowed."""
    asks_first = _asking(visit_of)
    for route in routes:
        is_large = route.body > BODY and not isinstance(route.right, Public)
        app.router.add_api_route(
            route.path,
            route.handler,
            methods=[route.method],
            response_model=None,
            include_in_schema=False,
            max_body_size=route.body,
            route_class_override=asks_first if is_large else None,
        )


def _asking(visit_of: VisitOf) -> type[APIRoute]:
    """A kind of route that takes a large body, and reads it of nobody who may not send it.

    FastAPI reads a form before it asks who comes.
    """

    class AsksFirst(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def asking(request: Request) -> Response:
                await run_in_threadpool(visit_of, request)
                return await answer(request)

            return asking

    return AsksFirst
