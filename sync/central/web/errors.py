"""Answers to what fails: what failed, what goes on, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.errors import GatepostError
from sync.central.store import StoreError
from sync.central.web.api.problems import Problem, problem_answer
from sync.central.web.rendering import rendered
from sync.central.web.routes import BODY
from sync.central.web.texts import N_, Language, translations
from sync.central.web.visit import NOBODY, NotFound, NothingDone, NotSignedIn, chosen_language

_NOT_HERE = N_("There is nothing here")
_NOT_HERE_DO = N_(
    "It may be gone, or lie outside the places that you look after. Go back, or start at the overview."
)
_DATABASE = N_("The database does not answer")
_GOES_ON = N_("The gates decide by themselves and keep every event until it is stored here.")
_AGAIN = N_(
    "Nothing is lost. Try again in a few seconds; where it stays so, look at the disk and the database."
)
_REFUSED = N_("This could not be done")
_FAILED = N_("This page failed")
_TELL = N_(
    "It is in the log, with this time. Try again; where it stays so, send the log's lines to the makers."
)
_UNCLEAR = N_("The request cannot be read")
_ENDED = N_("Your session has ended")
_ENDED_DO = N_("Nothing was done. Sign in, and do it again.")


def is_of_the_database(error: BaseException | None) -> bool:
    """Whether the database itself failed, and did not only refuse a request."""
    while error is not None:
        if isinstance(error, (sa.exc.SQLAlchemyError, sqlite3.Error, OSError)):
            return True
        error = error.__cause__
    return False


def raise_failure(error: BaseException) -> None:
    """Raise `error` again where the database itself failed: that has its own page, and is no refusal."""
    if is_of_the_database(error):
        raise error


def answer_errors(app: FastAPI) -> None:
    """Give every failure of `app` its page."""
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(NotSignedIn, _sign_in)
    app.add_exception_handler(GatepostError, _refused)
    app.add_exception_handler(RequestValidationError, _unclear)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(AnswersFailures)


class AnswersFailures:
    """Answers what nothing else has caught by a page; the log has the rest. It stands inside the security
    headers, which Starlette's own last resort does not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            await _failed(Request(scope), error)(scope, receive, send)


def _not_found(request: Request, _: Exception) -> Response:
    return _page(request, 404, _NOT_HERE, do=_NOT_HERE_DO)


async def _sign_in(request: Request, _: Exception) -> Response:
    """To the sign-in, and from there back; a part of a page has htmx take the whole page there.

    What would have changed something was not done, and what was typed for it is not lost: the page of a part
    stays as it is, a whole page shows it.
    """
    is_part = request.headers.get("hx-request-type") == "partial"
    if request.method == "GET":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if is_part:
            return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
        return RedirectResponse(_sign_in_to(back), 303)
    address = _sign_in_to(_page_before(request))
    if is_part:
        text = rendered(chosen_language(request), "session_ended.html", {"address": address})
        return HTMLResponse(text, 401, headers={"hx-retarget": "#content", "hx-reswap": "afterbegin"})
    return _page(request, 401, _ENDED, do=_ENDED_DO, typed=await _typed(request), sign_in=address)


def _sign_in_to(address: str) -> str:
    return f"/sign-in?next={quote(address, safe='')}"


def _page_before(request: Request) -> str:
    """The page that a form was on, as the browser says: only its path, and only of this console."""
    referrer = urlsplit(request.headers.get("referer", ""))
    ours = referrer.netloc == request.headers.get("host")
    return referrer.path + (f"?{referrer.query}" if referrer.query else "") if ours and referrer.path else "/"


_NEVER_SHOWN = frozenset({"password", "again", "code", "word"})
_MOST_TYPED, _LONGEST_TYPED = 30, 5000


async def _typed(request: Request) -> list[tuple[str, str]]:
    """What was typed into the form that a request brings: texts only, and no secrets. A large one, as with a
    file, is not read of somebody who is not signed in.
    """
    kind, size = request.headers.get("content-type", ""), request.headers.get("content-length", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return []
    if not size.isdecimal() or int(size) > BODY:
        return []
    form = await request.form(max_fields=200, max_files=10)
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and value.strip()]
    shown = [(name, value[:_LONGEST_TYPED]) for name, value in texts if name not in _NEVER_SHOWN]
    return shown[:_MOST_TYPED]


def _refused(request: Request, error: Exception) -> Response:
    nothing_done = isinstance(error, NothingDone) or request.method == "GET"
    if isinstance(error, StoreError) and is_of_the_database(error):
        structlog.get_logger("console").error("database_failed", error=str(error), path=request.url.path)
        # What the database says may name rows and files: it is for the log.
        return _page(request, 503, _DATABASE, goes_on=_GOES_ON, do=_AGAIN, nothing_done=nothing_done)
    assert isinstance(error, GatepostError)  # noqa: S101 - the handler is registered for nothing else
    where = f"{error.where}: " if error.where else ""
    return _page(
        request, 422, _REFUSED, said=f"{where}{error.what}", do=error.remedy, nothing_done=nothing_done
    )


def _unclear(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    said = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in list(error.errors())[:5])
    return _page(request, 422, _UNCLEAR, said=said, nothing_done=True)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if error.status_code == 404:
        return _not_found(request, error)
    return _page(request, error.status_code, _UNCLEAR, said=str(error.detail), nothing_done=True)


def _failed(request: Request, error: Exception) -> Response:
    structlog.get_logger("console").error("page_failed", path=request.url.path, exc_info=error)
    return _page(request, 500, _FAILED, goes_on=_GOES_ON, do=_TELL)


def _page(
    request: Request,
    status: int,
    title: str,
    *,
    said: str = "",
    goes_on: str = "",
    do: str = "",
    nothing_done: bool = False,
    typed: Sequence[tuple[str, str]] = (),
    sign_in: str = "",
) -> Response:
    """An error's page. It rests on nothing that may have failed: no database, no session."""
    if request.url.path.startswith("/api/"):
        return problem_answer(Problem(title, status, said or goes_on, "", do, nothing_done=nothing_done))
    language: Language = chosen_language(request)
    spoken = translations(language).gettext
    services = request.app.state.services
    values: dict[str, Any] = {
        "visit": None,
        "actor": NOBODY,
        "now": services.wall(),
        "zone": services.settings.time_zone,
        "navigation": (),
        "footer": None,
        "has_search": False,
        "crumbs": (),
        "layout": "fragment.html" if request.headers.get("hx-request-type") == "partial" else "base.html",
        "title": spoken(title),
        "said": said,
        "goes_on": spoken(goes_on) if goes_on else "",
        "do": spoken(do) if do else "",
        "nothing_done": nothing_done and request.method != "GET",
        "typed": typed,
        "sign_in": sign_in,
        "again": request.url.path if request.method == "GET" and status >= 500 else "",
    }
    return HTMLResponse(rendered(language, "error.html", values), status)
