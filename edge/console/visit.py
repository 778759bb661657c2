"""One visit of a page: who comes, what they may do, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, overload

from fastapi import Depends, Request
from starlette.responses import Response

from edge.console.navigation import tabs_for
from edge.console.refusal import Refusal, gate_away
from edge.console.rendering import RENDERING
from edge.console.services import ConsoleServices
from edge.console.watching import Looker
from edge.staff.core import Right
from edge.staff.protocol import LONGEST_SECRET, Answer, RefusedWhy, RequestBody
from edge.staff.protocol.sessions import Who, WhoAmI
from edge.web.cookies import SessionCookie, chosen_language
from edge.web.rendering import Rendering
from edge.web.routes import Public
from edge.web.texts import Language
from edge.web.visit import AnsweringVisit, NotSignedIn

Expected = TypeVar("Expected")


class MustChangePin(Exception):
    """Who is signed in has a PIN that was given to them, and may only choose their own."""


class NotYourRole(Exception):
    """Who is signed in may not open this page."""


@dataclass(frozen=True)
class ConsoleVisit(AnsweringVisit):
    """A request to a declared route. `who` is signed in; None on a public route, which asks for nobody.

    `now` is microseconds since 1970 UTC; `language` is what to answer in.
    """

    rendering: ClassVar[Rendering] = RENDERING

    request: Request
    services: ConsoleServices
    who: Who | None
    now: int
    language: Language
    single_keys: bool = True

    @overload
    def ask(self, body: RequestBody) -> Answer: ...
    @overload
    def ask(self, body: RequestBody, expected: type[Expected]) -> Expected: ...
    def ask(self, body: RequestBody, expected: type[Any] | None = None) -> Any:
        """What the gate answers to who comes, of the `expected` type where one is named. Raises Refusal,
        which becomes a page that says what happened and what to do.
        """
        looker = self.looker
        answer = self.services.link.ask(body, session=looker.session, client=looker.client)
        if expected is not None and not isinstance(answer, expected):
            raise gate_away()
        return answer

    @property
    def looker(self) -> Looker:
        """The secret that the browser brings, and its address."""
        secret = self.cookie.secret_of(self.request) or ""
        return Looker(secret[:LONGEST_SECRET], client_of(self.request))

    @property
    def cookie(self) -> SessionCookie:
        """The cookie of this console's sessions."""
        return SessionCookie(self.services.settings.is_over_tls)

    @property
    def back(self) -> str:
        """The page that is open, as an address: where a form comes back to."""
        return self.request.url.path if self.request.method == "GET" else "/"

    def may(self, right: Right) -> bool:
        """Whether who comes has a right; the gate asks again."""
        return self.who is not None and right in self.who.rights

    def page(self, template: str, *, title: str, tab: str = "", status: int = 200, **values: Any) -> Response:
        """A whole page under the `tab` of that address (none: that of the page itself); for htmx its content
        alone. `title` never says anything about a person's health.
        """
        return self.answer(template, status=status, title=title, tab=tab, **values)

    def common(self) -> dict[str, Any]:
        """What every template may name."""
        zone = self.services.settings.time_zone
        return {"visit": self, "who": self.who, "now": self.now, "zone": zone, "Right": Right}

    def frame(self) -> dict[str, Any]:
        """What stands around the content of a page."""
        return {
            "gate_name": self.services.name,
            "tabs": tabs_for(self.who, rights_of_pages(self.request)),
        }


def visit_of(request: Request) -> ConsoleVisit:
    """The visit that a request is. Raises NotSignedIn, NotYourRole, MustChangePin, Refusal."""
    services: ConsoleServices = request.app.state.services
    right = rights_of_routes(request)[request.method, request.scope["route"].path]
    visit = ConsoleVisit(request, services, None, services.wall(), language_of(request))
    if isinstance(right, Public):
        return visit
    who = who_comes(visit)
    known = ConsoleVisit(request, services, who, visit.now, visit.language)
    request.state.visit = known
    if right not in who.rights:
        raise MustChangePin if who.must_change else NotYourRole
    return known


def visit_so_far(request: Request) -> ConsoleVisit | None:
    """The visit of who is signed in, where that was found out before something failed."""
    visit: ConsoleVisit | None = getattr(request.state, "visit", None)
    return visit


def who_comes(visit: ConsoleVisit) -> Who:
    """Who is signed in in this browser. Raises NotSignedIn, Refusal."""
    if not visit.looker.session:
        raise NotSignedIn
    try:
        return visit.ask(WhoAmI(), Who)
    except Refusal as error:
        if error.why is RefusedWhy.NOT_SIGNED_IN:
            raise NotSignedIn from None
        if error.maybe_done:  # it was asked nothing but who comes
            raise gate_away() from None
        raise


VisitOf = Annotated[ConsoleVisit, Depends(visit_of)]
"""What a handler takes: `def now(visit: VisitOf) -> Response`."""


def client_of(request: Request) -> str:
    """The address of a browser."""
    return "" if request.client is None else request.client.host


def language_of(request: Request) -> Language:
    """The language of a request: the cookie's, else the browser's, the console's."""
    services: ConsoleServices = request.app.state.services
    return chosen_language(request, Language(services.settings.language))


def rights_of_routes(request: Request) -> Mapping[tuple[str, str], Right | Public]:
    """The right of every declared route, by its method and path."""
    rights: Mapping[tuple[str, str], Right | Public] = request.app.state.rights
    return rights


def rights_of_pages(request: Request) -> Mapping[str, Right | Public]:
    """The pages that there are: the right of each GET route, by its path."""
    return {path: right for (method, path), right in rights_of_routes(request).items() if method == "GET"}
