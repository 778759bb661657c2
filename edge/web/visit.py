"""What every visit of a page can do, whoever comes: speak, answer by a page or a part of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from edge.errors import GatepostError
from edge.support.phrases import Phrase, spoken_as
from edge.web.rendering import Rendering
from edge.web.said import SaidError, said_of
from edge.web.texts import Language


class NotFound(Exception):
    """There is nothing here, as far as who asks may know."""


class NotSignedIn(Exception):
    """The route is not public, and nobody is signed in."""


class AnsweringVisit(ABC):
    """A visit of a console answers by its templates, in the language of who comes."""

    request: Request
    language: Language
    rendering: ClassVar[Rendering]

    @abstractmethod
    def common(self) -> dict[str, Any]:
        """What every template may name."""

    @abstractmethod
    def frame(self) -> dict[str, Any]:
        """What stands around the content of a whole page."""

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return wants_fragment(self.request)

    def gettext(self, text: str, **values: object) -> str:
        """`text` in the visitor's language."""
        spoken = self.rendering.texts.translations(self.language).gettext(text)
        return spoken % values if values else spoken

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """`one` or `many` in the visitor's language; `%(num)s` is the count."""
        spoken = self.rendering.texts.translations(self.language).ngettext(one, many, count)
        return spoken % {"num": count, **values}

    def spoken(self, text: str | Phrase) -> str:
        """A phrase in the visitor's language; what is none stays as it is."""
        return str(spoken_as(text, self.rendering.texts.translations(self.language)))

    def said(self, error: GatepostError) -> SaidError:
        """The words of `error` in the visitor's language."""
        return said_of(error, self.rendering.texts.translations(self.language))

    def answer(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page; for htmx its content alone."""
        layout = "fragment.html" if self.is_fragment else "base.html"
        framing = {"layout": layout, **({} if self.is_fragment else self.frame())}
        text = self.rendering.rendered(self.language, template, {**self.common(), **framing, **values})
        return HTMLResponse(text, status, headers={"vary": "hx-request-type, cookie, accept-language"})

    def fragment(self, template: str, status: int = 200, **values: Any) -> Response:
        """A part of a page: rows, a figure, the receipt of an act."""
        text = self.rendering.rendered(self.language, template, {**self.common(), **values})
        return HTMLResponse(text, status, headers={"vary": "cookie, accept-language"})

    def text_of(self, template: str, macro: str, *arguments: Any) -> str:
        """What one macro of a template says: for a row of a stream."""
        module = self.rendering.environment(self.language).get_template(template).make_module(self.common())
        return str(getattr(module, macro)(*arguments))

    def go(self, address: str) -> Response:
        """To another page, after an act that was done."""
        return RedirectResponse(address, 303)


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request-type") == "partial"
