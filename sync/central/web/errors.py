"""Answers to what fails: what failed, what goes on, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from gettext import NullTranslations

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from edge.errors import GatepostError
from edge.web.errors import REFUSED, ErrorPages, Failure
from edge.web.errors import answer_errors as answer_with
from edge.web.said import said_of
from edge.web.texts import N_
from sync.central.store import InDoubt, NotConfirmed, StoreError
from sync.central.web.api.problems import Problem, problem_answer
from sync.central.web.rendering import RENDERING
from sync.central.web.visit import NOBODY, NothingDone, chosen_language, language_of_call

_OF_PROGRAMS = "/api/"
_NOT_HERE_DO = N_(
    "It may be gone, or lie outside the places that you look after. Go back, or start at the overview."
)
_DATABASE = N_("The database does not answer")
_GOES_ON = N_("The gates decide by themselves and keep every event until it is stored here.")
_AGAIN = N_(
    "Nothing is lost. Try again in a few seconds; where it stays so, look at the disk and the database."
)
_LOOK = N_("It went away in the middle: what you asked for may be done, or not. Look before you do it again.")
_NOT_CONFIRMED = N_("No standby has it yet")
_ONCE_CONFIRMED = N_(
    "A standby is to have it first. Try again later; the foot of the pages says what is waited for."
)


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
    app.add_exception_handler(GatepostError, _refused)
    answer_with(app, ErrorPages(_page, _session_ended, _NOT_HERE_DO, _GOES_ON))


def _refused(request: Request, error: Exception) -> Response:
    nothing_done = isinstance(error, NothingDone) or request.method == "GET"
    if isinstance(error, StoreError) and is_of_the_database(error):
        structlog.get_logger("console").error("database_failed", error=str(error), path=request.url.path)
        # What the database says may name rows and files: it is for the log.
        do = _LOOK if isinstance(error, InDoubt) else _AGAIN
        failed = Failure(503, _DATABASE, goes_on=_GOES_ON, do=do, nothing_done=nothing_done)
        return _page(request, failed)
    if isinstance(error, NotConfirmed):
        structlog.get_logger("console").warning("not_confirmed", error=str(error), path=request.url.path)
        failed = Failure(503, _NOT_CONFIRMED, goes_on=_GOES_ON, do=_ONCE_CONFIRMED, nothing_done=nothing_done)
        return _page(request, failed)
    assert isinstance(error, GatepostError)  # noqa: S101 - the handler is registered for nothing else
    said = said_of(error, _translations(request))
    return _page(request, Failure(422, REFUSED, said.placed, do=said.remedy, nothing_done=nothing_done))


def _translations(request: Request) -> NullTranslations:
    is_call = request.url.path.startswith(_OF_PROGRAMS)
    language = language_of_call(request) if is_call else chosen_language(request)
    return RENDERING.texts.translations(language)


def _problem(failure: Failure, gettext: Callable[[str], str]) -> Problem:
    detail = failure.said or (gettext(failure.goes_on) if failure.goes_on else "")
    do = gettext(failure.do) if failure.do else ""
    return Problem(
        gettext(failure.title), failure.status, detail, remedy=do, nothing_done=failure.nothing_done
    )


def _session_ended(request: Request, address: str) -> str:
    return RENDERING.rendered(chosen_language(request), "session_ended.html", {"address": address})


def _page(request: Request, failure: Failure) -> Response:
    """An error's page. It rests on nothing that may have failed: no database, no session."""
    if request.url.path.startswith(_OF_PROGRAMS):
        return problem_answer(_problem(failure, _translations(request).gettext))
    language = chosen_language(request)
    services = request.app.state.services
    values = {
        "visit": None,
        "actor": NOBODY,
        "now": services.wall(),
        "zone": services.settings.time_zone,
        "navigation": (),
        "footer": None,
        "centre_waits": "",
        "has_search": False,
        "crumbs": (),
        **failure.shown(request, RENDERING.texts.translations(language).gettext),
    }
    return HTMLResponse(RENDERING.rendered(language, "error.html", values), failure.status)
