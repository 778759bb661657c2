"""Answers to what fails: what failed, what goes on, what to do. A console says how its pages look, and which
of its own errors there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.web.routes import BODY
from edge.web.streams import ENDED
from edge.web.texts import N_
from edge.web.visit import NotFound, NotSignedIn, wants_fragment

REFUSED = N_("This could not be done")
_NOT_HERE = N_("There is nothing here")
_FAILED = N_("This page failed")
_TELL = N_(
    "It is in the log, with this time. Try again; where it stays so, send the log's lines to the makers."
)
_UNCLEAR = N_("The request cannot be read")
_WRONG = {
    "missing": N_("is missing"),
    "string_type": N_("is no text"),
    "string_too_long": N_("has more than %(max_length)s characters"),
    "string_too_short": N_("has fewer than %(min_length)s characters"),
    "enum": N_("is none of those that there are"),
    "int_parsing": N_("is no number"),
    "float_parsing": N_("is no number"),
    "int_from_float": N_("is no whole number"),
    "greater_than_equal": N_("is less than %(ge)s"),
    "less_than_equal": N_("is more than %(le)s"),
    "bool_parsing": N_("is neither yes nor no"),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing"), N_("is no date")),
    **dict.fromkeys(("datetime_parsing", "datetime_from_date_parsing", "time_parsing"), N_("is no time")),
}
"""What is wrong with a field, by the kind of error that the framework names; its `ctx` has the figures."""
_ENDED = N_("Your session has ended")
_ENDED_DO = N_("Nothing was done. Sign in, and do it again.")


@dataclass(frozen=True)
class Failure:
    """What an error's page says: `title`, `goes_on` and `do` are texts to be translated, `said` is as it is.
    `typed` is what a form had that was not done, `sign_in` the way back to it.
    """

    status: int
    title: str
    said: str = ""
    goes_on: str = ""
    do: str = ""
    nothing_done: bool = False
    typed: Sequence[tuple[str, str]] = ()
    sign_in: str = ""
    wrong: Sequence[tuple[str, str, Mapping[str, object]]] = ()
    """Fields that cannot be read: the name, what is wrong (a text), and the figures in it."""

    def shown(self, request: Request, gettext: Callable[[str], str]) -> dict[str, object]:
        """What `error.html` names, in the language of `gettext`."""
        return {
            "layout": "fragment.html" if wants_fragment(request) else "base.html",
            "title": gettext(self.title),
            "said": "; ".join((*filter(None, [self.said]), *self._fields(gettext))),
            "goes_on": gettext(self.goes_on) if self.goes_on else "",
            "do": gettext(self.do) if self.do else "",
            "nothing_done": self.nothing_done and request.method != "GET",
            "typed": self.typed,
            "sign_in": self.sign_in,
            "again": request.url.path if request.method == "GET" and self.status >= 500 else "",
        }

    def _fields(self, gettext: Callable[[str], str]) -> Iterator[str]:
        for name, what, figures in self.wrong:
            yield f"{name}: {gettext(what) % figures}"


@dataclass(frozen=True)
class ErrorPages:
    """How a console shows a failure: `page` is its page, `session_ended` a part of one that says where to
    sign in again. `not_here_do` and `goes_on` are texts. `page` rests on nothing that may have failed.
    """

    page: Callable[[Request, Failure], Response]
    session_ended: Callable[[Request, str], str]
    not_here_do: str
    goes_on: str

    def not_found(self, request: Request, _: Exception | None = None, *, status: int = 404) -> Response:
        return self.page(request, Failure(status, _NOT_HERE, do=self.not_here_do))

    async def not_signed_in(self, request: Request, _: Exception) -> Response:
        """To the sign-in, and from there back; a part of a page has htmx take the whole page there, and a
        live page hears that it has ended.

        What would have changed something was not done, and what was typed for it is not lost: the page of a
        part stays as it is, a whole page shows it.
        """
        if "text/event-stream" in request.headers.get("accept", ""):
            return Response(ENDED, media_type="text/event-stream")
        if request.method == "GET":
            back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            if wants_fragment(request):
                return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
            return RedirectResponse(_sign_in_to(back), 303)
        address = _sign_in_to(_page_before(request))
        if wants_fragment(request):
            text = self.session_ended(request, address)
            return HTMLResponse(text, 401, headers={"hx-retarget": "#content", "hx-reswap": "afterbegin"})
        typed = await typed_into(request)
        return self.page(request, Failure(401, _ENDED, do=_ENDED_DO, typed=typed, sign_in=address))

    async def unclear(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for nothing else
        wrong = [_wrong_field(item) for item in list(error.errors())[:_MOST_WRONG]]
        typed = await typed_into(request)
        return self.page(request, Failure(422, _UNCLEAR, nothing_done=True, wrong=wrong, typed=typed))

    def http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        if error.status_code in {404, 405}:  # 405: what a form is sent to has no page
            return self.not_found(request, status=error.status_code)
        failure = Failure(error.status_code, _UNCLEAR, said=str(error.detail), nothing_done=True)
        return self.page(request, failure)

    def failed(self, request: Request, error: Exception) -> Response:
        structlog.get_logger("console").error("page_failed", path=request.url.path, exc_info=error)
        return self.page(request, Failure(500, _FAILED, goes_on=self.goes_on, do=_TELL))


def answer_errors(app: FastAPI, pages: ErrorPages) -> None:
    """Give every failure of `app` its page."""
    app.add_exception_handler(NotFound, pages.not_found)
    app.add_exception_handler(NotSignedIn, pages.not_signed_in)
    app.add_exception_handler(RequestValidationError, pages.unclear)
    app.add_exception_handler(HTTPException, pages.http)
    app.add_middleware(AnswersFailures, failed=pages.failed)


class AnswersFailures:
    """Answers what nothing else has caught by a page; the log has the rest. It stands inside the security
    headers, which Starlette's own last resort does not.
    """

    def __init__(self, app: ASGIApp, failed: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._failed = failed

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
            await self._failed(Request(scope), error)(scope, receive, send)


def _wrong_field(item: Mapping[str, Any]) -> tuple[str, str, Mapping[str, object]]:
    """The name of a field, what is wrong with it, and the figures; of a kind that has no words the
    framework's own, which are English.
    """
    words = _WRONG.get(item["type"])
    name = str(item["loc"][-1])
    return (name, item["msg"].replace("%", "%%"), {}) if words is None else (name, words, item.get("ctx", {}))


def _sign_in_to(address: str) -> str:
    return f"/sign-in?next={quote(address, safe='')}"


def _page_before(request: Request) -> str:
    """The page that a form was on, as the browser says: only its path, and only of this console."""
    referrer = urlsplit(request.headers.get("referer", ""))
    ours = referrer.netloc == request.headers.get("host")
    return referrer.path + (f"?{referrer.query}" if referrer.query else "") if ours and referrer.path else "/"


_MOST_WRONG = 5
SECRETS = frozenset({"password", "again", "code", "word", "pin", "old", "new", "duress"})
"""Fields that no page ever shows again."""
NOBODY_TYPED = frozenset(
    {"key", "next", "back", "strokes", "wording", "about", "after", "anyway", "seen", "sequence", "epoch"}
)
"""Fields that a page puts into its forms by itself."""
_MOST_TYPED, _LONGEST_TYPED = 30, 5000


async def typed_into(request: Request) -> list[tuple[str, str]]:
    """What was typed into the form that a request brings, which was not done: texts only, and no secrets. A
    large one, as with a file, is not read again.
    """
    kind, size = request.headers.get("content-type", ""), request.headers.get("content-length", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return []
    if not size.isdecimal() or int(size) > BODY:
        return []
    form = await request.form(max_fields=200, max_files=10)
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and value.strip()]
    shown = [(name, value[:_LONGEST_TYPED]) for name, value in texts if name not in SECRETS | NOBODY_TYPED]
    return shown[:_MOST_TYPED]
