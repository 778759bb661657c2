"""The application of the console: declared routes, static files, security, bounds, answers to errors."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.console.errors import answer_console_errors
from edge.console.limiting import USUAL, BrowserRates, Limited
from edge.console.pages import ALL_PAGES
from edge.console.rendering import RENDERING
from edge.console.routes import ConsolePages, LivePart
from edge.console.services import ConsoleServices
from edge.console.visit import visit_of
from edge.staff.core import Right
from edge.web.laying import lay
from edge.web.routes import BODY, Route
from edge.web.security import AnswersCarry, OnlyFromOurPages
from edge.web.static_files import mount_static


def console_app(
    services: ConsoleServices, *, pages: Iterable[ConsolePages] = ALL_PAGES, bounds: BrowserRates = USUAL
) -> FastAPI:
    """The console over `services`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, max_body_size=BODY)
    tables = tuple(pages)
    routes: tuple[Route[Right], ...] = tuple(chain.from_iterable(tables))
    live: tuple[LivePart, ...] = tuple(chain.from_iterable(table.live_parts for table in tables))
    app.state.services = services
    app.state.rights = {(route.method, route.path): route.right for route in routes}
    app.state.live = {part.topic: part for part in live}
    lay(app, routes, visit_of)
    mount_static(app, RENDERING)
    answer_console_errors(app)
    app.add_middleware(OnlyFromOurPages, is_ours=_is_ours, remedy="")
    app.add_middleware(OnlyByOurNames, hosts=services.hosts)
    app.add_middleware(Limited, bounds=bounds)
    app.add_middleware(AnswersCarry, over_tls=services.settings.is_over_tls)
    return app


class OnlyByOurNames:
    """Refuses a request to a host of another name: a stranger's page whose name was made to lead here would
    else be one of ours to the browser.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_ours(Headers(scope=scope).get("host", "")):
            refusal = PlainTextResponse(
                "This console is not called so, and nothing was done.\n"
                "Open it by its own name or address; [console] names in gate.toml lists them.\n\n"
                "本控制台不叫这个名称，未作任何改动。\n"
                "请用控制台自己的名称或地址打开。\n",
                400,
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        try:
            return (urlsplit(f"//{host}").hostname or "") in self._hosts
        except ValueError:
            return False


def _is_ours(headers: Headers) -> bool:
    """Whether an Origin is the address that was asked, whose name is known to be ours."""
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "")
