"""Answers to what fails: what happened, and what to do; the gate goes on without this page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from edge.console.navigation import tabs_for
from edge.console.refusal import Refusal
from edge.console.rendering import RENDERING
from edge.console.visit import MustChangePin, NotYourRole, language_of, rights_of_pages, visit_so_far
from edge.staff.protocol import RefusedWhy
from edge.web.cookies import SessionCookie
from edge.web.errors import REFUSED, ErrorPages, Failure, answer_errors, typed_into
from edge.web.texts import N_
from edge.web.visit import wants_fragment

_NOT_HERE_DO = N_("It may be gone. Go back, or start at Now.")
_GOES_ON = N_("The gate decides by itself, and the wired button opens it.")
_NOT_YOURS = N_("Your role may not open this page")
_NOT_YOURS_DO = N_("Ask a manager. Nothing was done.")

_AWAY = 503
_STATUS = {
    RefusedWhy.NOT_YOUR_ROLE: 403,
    RefusedWhy.UNKNOWN: 404,
    RefusedWhy.GONE: 409,
    RefusedWhy.LOCKED_OUT: 429,
    RefusedWhy.BUSY: _AWAY,
    RefusedWhy.UNAVAILABLE: _AWAY,
    RefusedWhy.NOT_RECORDED: _AWAY,
}
_TAPPED = frozenset({"reason"})
"""Nobody types them here: they are named by the button that is tapped."""
_LEAVING = frozenset({"/sign-out", "/shift/end"})
"""Who asks for one of these goes away, and leaves the tablet to the next."""
_FORGOTTEN = N_("This browser has forgotten you all the same. At the gate you are still signed in.")
_FORGOTTEN_DO = N_("When it answers, sign in and sign out again, or end your shift.")
_UNANSWERED = N_("Nobody knows whether this was done")
_MAYBE_DONE = N_("It was asked, and ended before it said so.")
_LOOK_FIRST = N_(
    "Look at the barrier, and at the last accesses once the gate answers, before you do it again. "
    "The wired button works without this page."
)
OWN_PIN = "/own"
"""Where somebody chooses their own PIN."""


def answer_console_errors(app: FastAPI) -> None:
    """Give every failure of `app` its page."""
    pages = ErrorPages(_page, _session_ended, _NOT_HERE_DO, _GOES_ON)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101 - it is registered for nothing else
        if error.why is RefusedWhy.NOT_SIGNED_IN:
            return await pages.not_signed_in(request, error)
        if error.why is RefusedWhy.PIN_MUST_CHANGE:
            return _change_pin(request, error)
        if request.url.path in _LEAVING and _STATUS.get(error.why) == _AWAY:
            return _forgotten(request, error)
        typed = [pair for pair in await typed_into(request) if pair[0] not in _TAPPED]
        return refusal_page(request, error, typed)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(MustChangePin, _change_pin)
    app.add_exception_handler(NotYourRole, _not_yours)
    answer_errors(app, pages)


def refusal_page(request: Request, error: Refusal, typed: Sequence[tuple[str, str]]) -> Response:
    """The page, or its part, that says why the gate did not do something, and what to do; with what was
    `typed` for it.
    """
    spoken = RENDERING.texts.translations(language_of(request)).gettext
    answer = error.answer
    if error.maybe_done and request.method != "GET":
        unknown = Failure(_AWAY, _UNANSWERED, do=_LOOK_FIRST, typed=typed)
        return _shown(request, unknown, said=f"{spoken(answer.text)} {spoken(_MAYBE_DONE)}")
    failure = Failure(_STATUS.get(answer.why, 422), REFUSED, nothing_done=True, typed=typed)
    said = spoken(answer.text)
    if answer.wait:
        said = f"{said} {spoken(WAIT) % {'seconds': math.ceil(answer.wait)}}"
    return _shown(request, failure, said=said, do=spoken(answer.remedy))


def _forgotten(request: Request, error: Refusal) -> Response:
    """What the gate did not end ends in this browser: the next who takes the tablet is nobody yet."""
    spoken = RENDERING.texts.translations(language_of(request)).gettext
    said = f"{spoken(error.answer.text)} {spoken(_FORGOTTEN)}"
    answer = _shown(request, Failure(_AWAY, REFUSED), said=said, do=spoken(_FORGOTTEN_DO))
    SessionCookie(request.app.state.services.settings.is_over_tls).take(answer)
    return answer


WAIT = N_("Wait %(seconds)s seconds.")


def _page(request: Request, failure: Failure) -> Response:
    """An error's page. It asks for nothing that may have failed, neither the gate nor the session; who was
    known to come before it failed keeps the tabs.
    """
    return _shown(request, failure)


def _shown(request: Request, failure: Failure, **values: str) -> Response:
    language = language_of(request)
    services = request.app.state.services
    visit = visit_so_far(request)
    said = {
        "visit": visit,
        "who": None if visit is None else visit.who,
        "now": services.wall(),
        "zone": services.settings.time_zone,
        "gate_name": services.name,
        "tabs": () if visit is None else tabs_for(visit.who, rights_of_pages(request)),
        "tab": "",
        **failure.shown(request, RENDERING.texts.translations(language).gettext),
        **values,
    }
    return HTMLResponse(RENDERING.rendered(language, "error.html", said), failure.status)


def _session_ended(request: Request, address: str) -> str:
    return RENDERING.rendered(language_of(request), "session_ended.html", {"address": address})


def _not_yours(request: Request, _: Exception) -> Response:
    return _page(request, Failure(403, _NOT_YOURS, do=_NOT_YOURS_DO))


def _change_pin(request: Request, _: Exception) -> Response:
    """To where the own PIN is chosen; a part of a page has htmx take the whole page there."""
    if wants_fragment(request):
        return Response(status_code=403, headers={"hx-redirect": OWN_PIN})
    return RedirectResponse(OWN_PIN, 303)
