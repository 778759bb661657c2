"""The nine cards of the person's screen, as they are drawn, and pictures of them:
`python -m tests.edge.console.screen_cards` draws those of docs/prompts.md anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from edge.configuration import ConsoleSection, OtherGate
from edge.console.pages.screen import card_shown
from edge.decision import Decision, Mode, Outcome, Reason, ScreenRule
from edge.prompts.texts import (
    Progress,
    ScreenCard,
    asking_card,
    decision_card,
    fault_card,
    idle_card,
    told_of,
)
from tests.chromium import launched
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs" / "pictures"
SIZES = {"landscape": (800, 480), "portrait": (480, 800)}
"""Panels of seven inches."""
SETTINGS = ConsoleSection(other_gate=OtherGate("请走西门", "Use the west gate", "right"))
_FILES = REPOSITORY / "edge" / "console" / "static"
_STATIC, _SCRIPT = _FILES / "screen.css", _FILES / "screen.js"
OPEN = ScreenRule(community_phone="6512 0110")
DISCREET = ScreenRule(discreet=True, community_phone="6512 0110")


def asked(code: str, progress: Progress | None = None, rule: ScreenRule = DISCREET) -> ScreenCard:
    told = told_of(code, None, discreet=rule.discreet)
    assert told is not None
    return asking_card(told, rule, "zh", progress)


def decided(outcome: Outcome, reason: Reason, rule: ScreenRule = OPEN) -> ScreenCard:
    card = decision_card(Decision(outcome, reason, "rule"), None, rule, "zh", "E-48198")
    assert card is not None
    return card


NINE: Mapping[str, ScreenCard] = {
    "idle": idle_card(Mode.FACE_OR_CODE, "zh"),
    "look": asked("face_required"),
    "closer": asked("face_too_small"),
    "eyes": asked("close_eyes", Progress(2, 3)),
    "granted": decided(Outcome.GRANT, Reason.FACE_MATCHED),
    "refused": decided(Outcome.DENY, Reason.PASS_EXPIRED),
    "discreet": decided(Outcome.DENY, Reason.STATUS_RED, DISCREET),
    "wait": decided(Outcome.REFER, Reason.STAFF_DECIDES),
    "fault": fault_card("zh"),
}


@contextmanager
def showing(browser: Any, size: str, *, theme: str = "light", touched: bool = False) -> Iterator[Any]:
    """A page of that size on which cards can be put, with buttons for the language where it is `touched`."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, has_touch=touched
    )
    try:
        page = context.new_page()
        page.set_content(
            f'<!doctype html><html lang="zh-CN"><title>Gatepost</title><style>{_STATIC.read_text()}</style>'
            '<body><main><h1 class="unseen">Gatepost</h1><div id="shown"></div>'
            '<form class="languages"><button>中文</button><button>English</button></form></main>'
            f"<script>{_SCRIPT.read_text()}</script></body></html>"
        )
        yield page
    finally:
        context.close()


def put(page: Any, card: ScreenCard) -> None:
    page.evaluate(
        "(html) => { document.getElementById('shown').innerHTML = html; }", card_shown(SETTINGS, card)
    )


_LOOKED_AT = """async (cards) => {
  const seen = [];
  for (const html of cards) {
    document.getElementById("shown").innerHTML = html;
    await Promise.resolve();  // the page's script has made it fit
    const words = document.querySelector(".words").getBoundingClientRect();
    const number = document.querySelector(".number")?.getBoundingClientRect();
    const wrong = [];
    for (const part of document.querySelectorAll(".words p, .number, .sign")) {
      const box = part.getBoundingClientRect();
      const wide = part.tagName === "P" && part.scrollWidth > part.clientWidth + 1;
      if (wide || box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
        wrong.push(`${part.textContent.trim() || "sign"}: outside`);
    }
    if (number && number.top < words.bottom && number.left < words.right) wrong.push("number over words");
    const buttons = document.querySelector(".languages").getBoundingClientRect();
    for (const part of document.querySelectorAll(".words p, .number, .sign")) {
      const text = document.createRange();
      text.selectNodeContents(part);
      for (const box of part.matches(".sign") ? [part.getBoundingClientRect()] : text.getClientRects())
        if (box.bottom > buttons.top + 1 && box.left < buttons.right - 1 && box.top < buttons.bottom)
          wrong.push(`${part.textContent.trim() || "sign"}: behind the buttons`);
    }
    const lines = [...document.querySelectorAll(".words p")];
    const sizes = lines.map((line) => parseFloat(getComputedStyle(line).fontSize));
    seen.push({wrong, sizes});
  }
  return seen;
}"""


def looked_at(page: Any, cards: Iterable[ScreenCard]) -> Iterator[tuple[ScreenCard, list[str], list[float]]]:
    """Each card, what of it lies outside of the screen or over something else, and the sizes of its words in
    px: what to do comes first.
    """
    shown = [*cards]
    seen = page.evaluate(_LOOKED_AT, [card_shown(SETTINGS, card) for card in shown])
    for card, found in zip(shown, seen, strict=True):
        yield card, found["wrong"], found["sizes"]


def pictures(browser: Any, size: str) -> dict[str, np.ndarray]:
    """The nine cards, as they look."""
    import cv2

    drawn = {}
    with showing(browser, size) as page:
        for name, card in NINE.items():
            put(page, card)
            picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            drawn[name] = picture
    return drawn


def main() -> None:
    import cv2
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = launched(driver)
        for size, columns in (("landscape", 3), ("portrait", 5)):
            made = [
                np.pad(item, ((8, 8), (8, 8), (0, 0)), constant_values=255)
                for item in pictures(browser, size).values()
            ]
            made += [np.full_like(made[0], 255)] * (-len(made) % columns)
            rows = [np.hstack(made[at : at + columns]) for at in range(0, len(made), columns)]
            whole = cv2.resize(np.vstack(rows), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(FOLDER / f"screen-{size}.png"), whole)
        browser.close()


if __name__ == "__main__":
    main()
