"""The application of the console: declared routes, static files, security, answers to errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from copy import copy
from itertools import chain
from threading import Lock

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.datastructures import State

from edge.web.laying import lay
from edge.web.routes import BODY, Route
from edge.web.security import AnswersCarry, OnlyFromOurPages
from edge.web.static_files import mount_static
from sync.central.accounts.core import Act
from sync.central.accounts.directory import Directory
from sync.central.accounts.passwords import Passwords
from sync.central.accounts.rates import TryRates
from sync.central.accounts.relying_party import relying_party
from sync.central.accounts.sign_in import AccountSignIn
from sync.central.store import CONNECTIONS
from sync.central.web.api.serving import API, count_calls, serve_api
from sync.central.web.errors import answer_errors
from sync.central.web.pages import ALL_PAGES
from sync.central.web.rendering import RENDERING
from sync.central.web.routes import Pages
from sync.central.web.services import Services
from sync.central.web.session_cookie import who_by_cookie
from sync.central.web.visit import Who, visit_of


def console_app(services: Services, *, who: Who = who_by_cookie, laid: FastAPI | None = None) -> FastAPI:
    """The console over `services`; `who` says who a request comes from: by default, who has signed in.

    `laid` is what `lay_routes` made, where several consoles share it: it is copied.
    """
    app = copy(laid or lay_routes())
    app.state = State({"acts": app.state.acts, "api_acts": app.state.api_acts})
    app.user_middleware = [*app.user_middleware]
    app.state.services = services
    count_calls(app)
    party = relying_party(services.settings.public_origin)
    app.state.sign_in = AccountSignIn(services.store, Passwords(), TryRates(), party)
    section, origin = services.settings.directory, services.settings.public_origin
    app.state.directory = None if section is None else Directory(section, services.store, origin)
    app.state.list_is_read = Lock()
    app.state.who = who
    app.add_middleware(
        OnlyFromOurPages,
        is_ours=lambda headers: headers.get("origin") == origin,
        remedy="Behind a reverse proxy, [console] origin in central.toml has to be that address.",
        by_token=API,
    )
    app.add_middleware(AnswersCarry, over_tls=services.settings.is_over_tls)
    return app


def lay_routes(pages: Iterable[Pages] = ALL_PAGES, *, has_api: bool = True) -> FastAPI:
    """The console's routes over no services yet: half a second's work, as there are some 270."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, max_body_size=BODY, lifespan=_life)
    routes: tuple[Route[Act], ...] = tuple(chain.from_iterable(pages))
    app.state.acts = {(route.method, route.path): route.right for route in routes}
    lay(app, routes, visit_of)
    app.state.api_acts = {}
    if has_api:
        serve_api(app)
    mount_static(app, RENDERING)
    answer_errors(app)
    return app


@asynccontextmanager
async def _life(_: FastAPI) -> AsyncIterator[None]:
    """As many requests at a time as there are connections to the database: none waits for one in vain."""
    current_default_thread_limiter().total_tokens = CONNECTIONS
    yield
