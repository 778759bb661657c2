"""The person's screen: one card, full screen, for a browser on the gate's own computer."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from edge.configuration import ConsoleSection, OtherGate, is_loopback
from edge.console.refusal import Refusal
from edge.console.rendering import RENDERING
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf, client_of
from edge.decision import Guidance, Text
from edge.prompts.texts import LANGUAGES, CardKind, ScreenCard, fault_card
from edge.staff.protocol.envelope import Done
from edge.staff.protocol.screen import ChooseLanguage
from edge.staff.protocol.watching import Topic
from edge.support.decoding import msgpack_decoder
from edge.web.routes import PUBLIC
from edge.web.texts import Language
from edge.web.visit import NotFound

PAGES = ConsolePages()
_FEW_LETTERS = {"zh": 8, "en": 34}
"""Letters of what to do up to which the sign stands beside it; of more, the words take the whole width."""
_card_of = msgpack_decoder(ScreenCard)


@PAGES.get("/screen", right=PUBLIC)
def screen(visit: VisitOf) -> Response:
    """The page, which stays open for good: what it shows comes by the stream."""
    _only_here(visit)
    settings = visit.services.settings
    away = card_shown(settings, fault_card(settings.language))
    values = {"card": _newest(visit), "away": away, "settings": settings, "now": visit.now}
    return HTMLResponse(visit.rendering.rendered(visit.language, "screen/screen.html", values))


@PAGES.post("/screen/language", right=PUBLIC)
def choose(visit: VisitOf, language: Annotated[str, Form(max_length=2)] = "") -> Response:
    """Somebody at the screen chooses what they read first."""
    _only_here(visit)
    for spoken in LANGUAGES:
        if spoken == language:
            visit.ask(ChooseLanguage(spoken), Done)
    return RedirectResponse("/screen", 303)


@PAGES.live(Topic.SCREEN, right=PUBLIC, here_only=True)
def shown(visit: ConsoleVisit, value: msgspec.Raw) -> str:
    """The card that the gate shows now."""
    return card_shown(visit.services.settings, _card_of(bytes(value)))


def card_shown(settings: ConsoleSection, card: ScreenCard) -> str:
    """The card as an element; a gate that is out of order names the other one, where there is one."""
    told = _led(card.guidance, settings.other_gate) if card.kind is CardKind.FAULT else card.guidance
    short = all(len(text) <= _FEW_LETTERS[name] for name, text in told.do._asdict().items())
    template: Any = RENDERING.environment(Language.ZH).get_template("screen/card.html").module
    return str(template.card(card, told, "short" if short else "long", settings))


def _led(told: Guidance, other: OtherGate | None) -> Guidance:
    return told if other is None else Guidance(Text(other.zh, other.en), told.why)


def _newest(visit: ConsoleVisit) -> str:
    """The card that another screen shows; empty until the first comes by the stream."""
    try:
        news = visit.services.watchers.look((Topic.SCREEN,), visit.looker, 0)
    except Refusal:
        return ""
    return shown(visit, news[-1].value) if news else ""


def _only_here(visit: ConsoleVisit) -> None:
    """Raise NotFound for a browser on another computer: nobody elsewhere learns who is before the gate."""
    if not is_loopback(client_of(visit.request)):
        raise NotFound
