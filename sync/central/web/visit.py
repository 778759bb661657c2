"""One visit of a page: who comes, what they may see, and how they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from edge.web.cookies import chosen_language as language_chosen
from edge.web.rendering import Rendering
from edge.web.routes import Public
from edge.web.texts import Language, language_of
from edge.web.visit import AnsweringVisit, NotFound, NotSignedIn
from sync.central.accesses.completeness import Completeness
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core import Act
from sync.central.places.naming import site_names
from sync.central.places.sight import Sight
from sync.central.store import InDoubt, Store, StoreError
from sync.central.web.badges import badges_of
from sync.central.web.footer import footer_of
from sync.central.web.navigation import bar_of, items_for
from sync.central.web.rendering import RENDERING
from sync.central.web.services import WAITS, Services

NOBODY = Actor(None, "", (), Via.SESSION)
"""Who comes to a public page without being signed in."""

Crumb = tuple[str, str | None]
"""A place on the way here: its name, and its address where it has a page."""

PASSIVE = "gatepost.passive"
"""In a request's scope: a live page asks by itself whether its session still holds."""


@dataclass(frozen=True)
class RequestIdentity:
    """Who a request comes from, and what they chose for themselves: a language ("": as the browser asks), and
    whether single keys do something.
    """

    actor: Actor
    language: str = ""
    single_keys: bool = True


Who = Callable[[Request], RequestIdentity | None]
"""Says who a request comes from; None: nobody who is signed in."""


class NothingDone(StoreError):
    """An act failed, and its transaction left nothing behind."""


@dataclass(frozen=True)
class Visit(AnsweringVisit):
    """A request to a declared route, with its actor and their sight by the route's act.

    `now` is microseconds since 1970 UTC; `language` is what to answer in.
    """

    rendering: ClassVar[Rendering] = RENDERING

    request: Request
    services: Services
    actor: Actor
    sight: Sight
    now: int
    language: Language
    single_keys: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the centre's pages."""
        return ZoneInfo(self.services.settings.time_zone)

    @property
    def store(self) -> Store:
        return self.services.store

    def page(
        self,
        template: str,
        *,
        title: str,
        crumbs: Sequence[Crumb] | None = None,
        status: int = 200,
        **values: Any,
    ) -> Response:
        """A whole page; for htmx its content alone. Without `crumbs` the title says where it is.
        It never says anything about a person's health.
        """
        way = ((title, None),) if crumbs is None else tuple(crumbs)
        return self.answer(template, status=status, title=title, crumbs=way, **values)

    def see_site(self, site: str) -> None:
        """Raises NotFound where the site is out of sight."""
        with self.store.reading() as connection:
            if not self.sight.has_site(connection, site):
                raise NotFound

    def site_names(self, wanted: Iterable[str]) -> Mapping[str, str]:
        """What sites are called that the page shows by name and id."""
        with self.store.reading() as connection:
            return site_names(connection, wanted)

    @contextmanager
    def act(self) -> Iterator[Connection]:
        """A transaction in which the act is done and noted; a page says so where nothing was done."""
        try:
            with self.store.writing() as connection:
                yield connection
        except InDoubt:
            raise
        except StoreError as error:
            raise error.retold(NothingDone) from error

    def renewed(self) -> Visit | None:
        """The same visit now: by who the session is for, and what they may see; None where that has ended."""
        self.request.scope[PASSIVE] = True
        try:
            return visit_of(self.request)
        except (NotSignedIn, NotFound):
            return None

    # --- inside ----------------------------------------------------------------------------

    def common(self) -> dict[str, Any]:
        """What every template may name."""
        zone = self.services.settings.time_zone
        return {"visit": self, "actor": self.actor, "now": self.now, "zone": zone}

    def _footer(self) -> Completeness | None:
        """What the page rests on; None for those who see no gate: theirs would be none of none."""
        if not self.actor.may(Act.SEE):
            return None
        return footer_of(self.store, self.actor.sight(Act.SEE), self.now)

    def _centre_waits(self) -> str:
        """What the centre waits for; nothing for those who see no gate."""
        part = self.services.parts().get(WAITS)
        if part is None or not self.actor.may(Act.SEE):
            return ""
        return "; ".join(map(self.spoken, part.said))

    def frame(self) -> dict[str, Any]:
        """What stands around the content of a page."""
        badges = badges_of(self.store, self.actor, self.now)
        items = items_for(self.actor, paths_of(self.request), self.request.url.path, badges)
        return {
            "navigation": items,
            "bar": bar_of(items),
            "footer": self._footer(),
            "centre_waits": self._centre_waits(),
            "has_search": "/search" in paths_of(self.request) and self.actor.may(Act.SEE),
        }


def visit_of(request: Request) -> Visit:
    """The visit that a request is. Raises NotSignedIn, and NotFound where the route's act is not allowed."""
    services: Services = request.app.state.services
    who: Who = request.app.state.who
    act = acts_of_routes(request)[request.method, request.scope["route"].path]
    identity = _identity(who, request, act)
    if not isinstance(act, Public):
        if identity is None:
            raise NotSignedIn
        if not identity.actor.may(act):
            raise NotFound
    found = identity or RequestIdentity(NOBODY)
    sight = Sight() if isinstance(act, Public) else found.actor.sight(act)
    language = chosen_language(request, found.language)
    return Visit(request, services, found.actor, sight, services.wall(), language, found.single_keys)


def _identity(who: Who, request: Request, act: Act | Public) -> RequestIdentity | None:
    """Who comes; on a page for everybody nobody in particular, where the database cannot say."""
    try:
        return who(request)
    except StoreError as error:
        if isinstance(act, Public):
            return None
        raise error.retold(NothingDone) from error


VisitOf = Annotated[Visit, Depends(visit_of)]
"""What a handler takes: `def gates(visit: VisitOf) -> Response`."""


def chosen_language(request: Request, own: str = "") -> Language:
    """The language of a request: the cookie's, else the account's `own`, the browser's, the centre's."""
    return language_chosen(request, Language(request.app.state.services.settings.language), own)


def language_of_call(request: Request) -> Language:
    """The language of a call of the API: a program hears English, unless it asks for another."""
    return language_of(None, request.headers.get("accept-language", ""), Language.EN)


def acts_of_routes(request: Request) -> Mapping[tuple[str, str], Act | Public]:
    """The act of every declared route, by its method and path."""
    acts: Mapping[tuple[str, str], Act | Public] = request.app.state.acts
    return acts


def paths_of(request: Request) -> Mapping[str, Act | Public]:
    """The pages that there are: the act of each GET route, by its path."""
    return {path: act for (method, path), act in acts_of_routes(request).items() if method == "GET"}
